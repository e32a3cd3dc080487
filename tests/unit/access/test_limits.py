"""How much a role gives back alone, and for how much it may answer."""

from typing import Final

import pytest

from ledgerline.access.model import AboveLimit, Role
from ledgerline.access.rows import OwnLimitRow
from ledgerline.access.rules.limits import (
    UNITS,
    UNLIMITED,
    Limits,
    limits_of,
    require_alone,
    require_behind,
)
from ledgerline.access.rules.people import actor_of, person_in
from ledgerline.base.ids import PersonId
from ledgerline.base.money import Currency, Money
from tests.unit.access.test_people import IDA

USUAL: Final = {
    Role.OWNER: 1000, Role.ADMIN: 1000, Role.FINANCE: 1000, Role.SUPPORT_LEAD: 250,
    Role.SUPPORT: 50, Role.DEVELOPER: 0, Role.AUDITOR: 0,
}  # fmt: skip


def test_each_role_has_a_usual_limit() -> None:
    assert dict(UNITS) == USUAL


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("code", "scale"), [("EUR", 100), ("JPY", 1), ("KWD", 1000)])
def test_a_limit_is_kept_to_the_minor_unit(role: Role, code: str, scale: int) -> None:
    limits = limits_of([OwnLimitRow(role=role, currency=None, limit_minor=None)])
    assert limits is not None
    assert limits == Limits(role, {})
    edge = USUAL[role] * scale
    for minor, alone in ((edge - 1, True), (edge, True), (edge + 1, False)):
        amount = Money(minor, Currency(code))
        assert limits.allows_alone(amount) is alone
        assert limits.allows_behind(amount) is (alone or role in UNLIMITED)
    assert {Role.OWNER, Role.ADMIN} == UNLIMITED


def test_what_was_set_stands_instead_in_its_currency_alone() -> None:
    limits = limits_of(
        [
            OwnLimitRow(role="support", currency="EUR", limit_minor=8000),
            OwnLimitRow(role="support", currency="USD", limit_minor=0),
        ]
    )
    assert limits is not None
    assert [limits.minor_of(Money(1, Currency(one))) for one in ("EUR", "USD", "SEK")] == [
        8000, 0, 5000,
    ]  # fmt: skip
    assert not limits.allows_alone(Money(1, Currency("USD")))


def test_whoever_does_not_work_here_gives_nothing_back() -> None:
    assert limits_of([]) is None
    for require in (require_alone, require_behind):
        with pytest.raises(AboveLimit):
            require(None, [Money(1, Currency("EUR"))])


def test_each_amount_is_looked_at() -> None:
    support, owner = Limits(Role.SUPPORT, {}), Limits(Role.OWNER, {})
    euro, dollar = Money(5000, Currency("EUR")), Money(5001, Currency("USD"))
    require_alone(support, [euro])
    for require in (require_alone, require_behind):
        with pytest.raises(AboveLimit) as refused:
            require(support, [euro, dollar])
        assert refused.value.facts == {"limit_minor": 5000, "currency": "USD"}
    require_behind(owner, [Money(10_000_000, Currency("EUR"))])
    with pytest.raises(AboveLimit):
        require_alone(owner, [Money(100_001, Currency("EUR"))])


def test_a_person_is_known_by_the_name_they_act_under() -> None:
    assert person_in(actor_of(IDA)) == IDA
    assert actor_of(PersonId(IDA)).startswith("per_")
    for other in ("mara", "key-1", "cus_01h455vb4pex5vsknk084sn02q", "per_1"):
        assert person_in(other) is None
