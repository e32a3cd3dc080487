from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from ledgerline.base.ids import AttemptId
from ledgerline.payments.model import Initiator
from ledgerline.payments.refusals import CardLimitReached
from ledgerline.payments.rows.limits import CardTryRow, LimitRow
from ledgerline.payments.rules.network_limits import free_at, limits_of, require_free
from tests.unit.payments.samples import METHOD

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def limit(
    hours: int,
    tries: int,
    *,
    network: str = "any",
    region: str = "any",
    initiator: str = "any",
    since: date = date(2000, 1, 1),
) -> LimitRow:
    return LimitRow(
        network=network, region=region, initiator=initiator, hours=hours, valid_from=since,
        tries_max=tries,
    )  # fmt: skip


def tried(ago: timedelta, *, live: bool = False) -> CardTryRow:
    return CardTryRow(METHOD, AttemptId(UUID(int=1)), NOW - ago, is_live=live)


OURS = [limit(24, 2, initiator="merchant"), limit(720, 15)]


def test_of_each_limit_the_one_that_began_last_holds() -> None:
    rows = [
        *OURS,
        limit(720, 20, network="visa", since=date(2025, 5, 25)),
        limit(720, 15, network="visa"),
        limit(720, 30, network="visa", since=date(2027, 1, 1)),
        limit(720, 8, network="mastercard", region="BR"),
    ]

    def found(network: str, country: str | None, initiator: Initiator) -> list[tuple[int, int]]:
        held = limits_of(
            rows, network=network, issuer_country=country, initiator=initiator, on=NOW.date()
        )
        return sorted((row.hours, row.tries_max) for row in held)

    assert found("Visa", "DE", Initiator.MERCHANT) == [(24, 2), (720, 15), (720, 20)]
    assert found("visa", "DE", Initiator.CUSTOMER) == [(720, 15), (720, 20)]
    assert found("mastercard", "BR", Initiator.CUSTOMER) == [(720, 8), (720, 15)]
    assert found("mastercard", None, Initiator.CUSTOMER) == [(720, 15)]


def test_a_third_try_within_a_day_waits_until_the_first_is_a_day_ago() -> None:
    assert free_at(OURS, [], now=NOW) is None
    assert free_at(OURS, [tried(HOUR)], now=NOW) is None
    tries = [tried(HOUR), tried(7 * HOUR)]
    assert free_at(OURS, tries, now=NOW) == NOW - 7 * HOUR + DAY
    assert free_at(OURS, [tried(HOUR), tried(25 * HOUR)], now=NOW) is None


def test_of_several_limits_the_one_that_waits_longest_holds() -> None:
    tries = [tried(n * DAY + HOUR) for n in range(15)]
    assert free_at(OURS, tries, now=NOW) == NOW - 14 * DAY - HOUR + 30 * DAY
    assert free_at(OURS, tries[1:], now=NOW) is None


def test_what_waits_only_for_tries_under_way_looks_again_soon() -> None:
    tries = [tried(HOUR), tried(timedelta(0), live=True)]
    assert free_at(OURS, tries, now=NOW) == NOW + timedelta(minutes=15)


def test_a_payer_is_told_when_the_card_may_be_tried_again() -> None:
    require_free(OURS, [tried(HOUR)], now=NOW)
    with pytest.raises(CardLimitReached) as refused:
        require_free(OURS, [tried(HOUR), tried(7 * HOUR)], now=NOW)
    assert refused.value.facts == {"retry_after_seconds": 17 * 3600}
