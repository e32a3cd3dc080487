"""Who works at the console: addresses, owners, and when a session still opens anything."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import pytest

from ledgerline.access.model import (
    IDLE_MAX,
    SEEN_EVERY,
    SESSION_LASTS,
    EmailRefused,
    LastOwner,
    MayNotManage,
    OwnersOnly,
    OwnRole,
    PersonNotFound,
    Role,
)
from ledgerline.access.rows import PersonRow, SessionView
from ledgerline.access.rules.people import (
    MANAGERS,
    actor_of,
    email_of,
    found_in,
    require_may_manage,
    require_owner,
)
from ledgerline.access.rules.sessions import is_open, is_worth_seeing
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import PersonId

NOON: Final = datetime(2026, 7, 1, 12, tzinfo=UTC)
SECOND: Final = timedelta(seconds=1)
IDA, NILS = (PersonId(UUID(int=number)) for number in (1, 2))


def _person(id: PersonId, role: Role, *, disabled: bool = False) -> PersonRow:
    name = {IDA: "ida", NILS: "nils"}[id]
    return PersonRow(
        id=id, email=f"{name}@shop.example", name=name, role=role, created_at=NOON,
        disabled_at=NOON if disabled else None,
    )  # fmt: skip


SESSION: Final = SessionView(
    id=UUID(int=3), person_id=IDA, email="ida@shop.example", name="Ida", role=Role.OWNER,
    disabled_at=None, started_at=NOON, seen_at=NOON, expires_at=NOON + SESSION_LASTS, ended_at=None,
    way="link",
)  # fmt: skip


@pytest.mark.parametrize(
    ("session", "later", "opens"),
    [
        (SESSION, timedelta(), True),
        (SESSION, IDLE_MAX - SECOND, True),
        (SESSION, IDLE_MAX, False),
        (SESSION._replace(seen_at=NOON + SESSION_LASTS - SECOND), SESSION_LASTS - SECOND, True),
        (SESSION._replace(seen_at=NOON + SESSION_LASTS - SECOND), SESSION_LASTS, False),
        (SESSION._replace(ended_at=NOON), timedelta(), False),
        (SESSION._replace(disabled_at=NOON), timedelta(), False),
    ],
)
def test_a_session_opens_until_it_is_idle_over_ended_or_of_nobody(
    session: SessionView, later: timedelta, opens: bool
) -> None:
    assert is_open(session, NOON + later) is opens


def test_a_session_is_kept_as_seen_once_a_minute() -> None:
    assert not is_worth_seeing(SESSION, NOON + SEEN_EVERY - SECOND)
    assert is_worth_seeing(SESSION, NOON + SEEN_EVERY)


@pytest.mark.parametrize("text", ["", "ida", "@shop", "a b@c", "ida@", f"{'x' * 65}@shop"])
def test_what_is_no_address_is_refused(text: str) -> None:
    assert email_of(" Ida@Shop.example ") == "ida@shop.example"
    with pytest.raises(EmailRefused):
        email_of(text)


def test_a_person_is_found_by_address_or_id() -> None:
    people = [_person(IDA, Role.OWNER), _person(NILS, Role.SUPPORT)]
    assert found_in(people, " NILS@shop.example") == people[1]
    assert found_in(people, actor_of(IDA)) == people[0]
    assert actor_of(IDA).startswith("per_")
    with pytest.raises(PersonNotFound):
        found_in(people, "mara@shop.example")


def test_somebody_stays_who_may_do_everything() -> None:
    alone = [_person(IDA, Role.OWNER), _person(NILS, Role.SUPPORT)]
    for role, ends in ((Role.ADMIN, None), (Role.OWNER, NOON)):
        with pytest.raises(LastOwner):
            require_owner(alone, IDA, role, ends)
        require_owner([*alone, _person(NILS, Role.OWNER)], IDA, role, ends)
    require_owner(alone, NILS, Role.OWNER, None)
    require_owner(alone, IDA, Role.OWNER, None)
    gone = _person(NILS, Role.OWNER, disabled=True)
    with pytest.raises(LastOwner):  # whoever is disabled does not count
        require_owner([_person(IDA, Role.OWNER), gone], IDA, Role.ADMIN, None)


@pytest.mark.parametrize("role", list(Role))
def test_people_are_managed_by_owners_and_admins_and_owners_by_owners(role: Role) -> None:
    people = [_person(IDA, role), _person(NILS, Role.SUPPORT)]
    me = actor_of(IDA)
    if role in MANAGERS:
        require_may_manage(people, me, NILS, [Role.SUPPORT, Role.ADMIN])
    else:
        assert _refusal(people, me, NILS, [Role.SUPPORT]) is MayNotManage
    if role is Role.ADMIN:
        assert _refusal(people, me, NILS, [Role.OWNER, Role.SUPPORT]) is OwnersOnly
        assert _refusal(people, me, None, [Role.OWNER]) is OwnersOnly
    if role is Role.OWNER:
        require_may_manage(people, me, NILS, [Role.SUPPORT, Role.OWNER])


def test_nobody_raises_themself_nor_acts_once_they_are_out() -> None:
    people = [_person(IDA, Role.OWNER), _person(NILS, Role.ADMIN, disabled=True)]
    assert _refusal(people, actor_of(IDA), IDA, [Role.OWNER]) is OwnRole
    assert _refusal(people, actor_of(NILS), IDA, [Role.SUPPORT]) is MayNotManage
    require_may_manage([], "root", None, [Role.OWNER])  # who runs commands has the shell


def _refusal(
    people: list[PersonRow], actor: str, changed: PersonId | None, roles: list[Role]
) -> type[Rejected]:
    with pytest.raises(Rejected) as refused:
        require_may_manage(people, actor, changed, roles)
    return type(refused.value)
