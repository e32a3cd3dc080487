from datetime import UTC, datetime, timedelta

import pytest

from ledgerline.payments.model import DeclineCategory
from ledgerline.payments.rules.retry import GiveUp, GiveUpReason, Retry, Tries, plan

FUNDS = DeclineCategory.INSUFFICIENT_FUNDS
BERLIN = "Europe/Berlin"
FAILED_AT = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # already 2 March in Berlin


def planned(category: DeclineCategory | None, tries: Tries, *, spread: int = 0) -> Retry | GiveUp:
    return plan(category, tries=tries, failed_at=FAILED_AT, zone=BERLIN, spread=spread)


def utc(month: int, day: int, hour: int, minute: int = 0) -> Retry:
    return Retry(datetime(2026, month, day, hour, minute, tzinfo=UTC))


@pytest.mark.parametrize(
    ("tries", "expected"),
    [
        (1, utc(3, 4, 8)),
        (2, utc(3, 7, 8)),
        (3, utc(3, 9, 8)),
        (4, utc(3, 9, 8)),
        (5, GiveUp(GiveUpReason.PLAN_USED_UP)),
    ],
)
def test_declines_are_tried_again_after_2_5_7_and_7_days_in_the_payers_morning(
    tries: int, expected: Retry | GiveUp
) -> None:
    assert planned(FUNDS, Tries(tries)) == expected


@pytest.mark.parametrize(
    ("spread", "hour", "minute"),
    [(0, 8, 0), (1, 8, 15), (7, 9, 45), (8, 8, 0), (2**122 + 5, 9, 15)],
)
def test_spread_picks_a_quarter_hour_before_eleven(spread: int, hour: int, minute: int) -> None:
    assert planned(FUNDS, Tries(1), spread=spread) == utc(3, 4, hour, minute)


def test_morning_is_local_on_the_day_the_clocks_change() -> None:
    # given a failure two days before summer time begins in Berlin
    failed_at = datetime(2026, 3, 27, 12, tzinfo=UTC)
    # then nine in the morning of the 29th is seven in UTC
    assert plan(FUNDS, tries=Tries(1), failed_at=failed_at, zone=BERLIN, spread=0) == utc(3, 29, 7)


@pytest.mark.parametrize(
    "category",
    [
        None,
        DeclineCategory.ISSUER_UNAVAILABLE,
        DeclineCategory.PROCESSOR_ERROR,
        DeclineCategory.MERCHANT_CONFIG,
    ],
)
def test_technical_failures_come_back_after_1_6_and_24_hours_first(
    category: DeclineCategory | None,
) -> None:
    assert [planned(category, Tries(n, technical=n)) for n in (1, 2, 3, 4, 7, 8)] == [
        Retry(FAILED_AT + timedelta(hours=1)),
        Retry(FAILED_AT + timedelta(hours=6)),
        Retry(FAILED_AT + timedelta(hours=24)),
        utc(3, 4, 8),
        utc(3, 9, 8),
        GiveUp(GiveUpReason.TRIES_USED_UP),
    ]


def test_technical_failures_do_not_use_up_the_calendar() -> None:
    # given a first real decline after three technical failures
    # then it takes the first calendar slot, and the fourth decline meets the cap of eight tries
    assert planned(FUNDS, Tries(4, technical=3)) == utc(3, 4, 8)
    assert planned(FUNDS, Tries(7, technical=3)) == utc(3, 9, 8)
    assert planned(FUNDS, Tries(8, technical=3)) == GiveUp(GiveUpReason.TRIES_USED_UP)


@pytest.mark.parametrize(
    ("category", "reason"),
    [
        (DeclineCategory.LOST_OR_STOLEN, GiveUpReason.NEVER),
        (DeclineCategory.INVALID_ACCOUNT, GiveUpReason.NEVER),
        (DeclineCategory.REVOKED, GiveUpReason.NEVER),
        (DeclineCategory.SUSPECTED_FRAUD, GiveUpReason.NEVER),
        (DeclineCategory.CARD_RESTRICTED, GiveUpReason.NEVER),
        (DeclineCategory.EXPIRED_CARD, GiveUpReason.CUSTOMER_MUST_ACT),
        (DeclineCategory.AUTHENTICATION_REQUIRED, GiveUpReason.CUSTOMER_MUST_ACT),
    ],
)
def test_refusal_that_a_machine_cannot_mend_is_never_tried_again(
    category: DeclineCategory, reason: GiveUpReason
) -> None:
    assert planned(category, Tries(1)) == GiveUp(reason)


def test_unmapped_decline_is_tried_once_and_not_soon() -> None:
    assert planned(DeclineCategory.UNMAPPED, Tries(1)) == utc(3, 5, 8)
    assert planned(DeclineCategory.UNMAPPED, Tries(2)) == GiveUp(GiveUpReason.PLAN_USED_UP)


@pytest.mark.parametrize("category", DeclineCategory)
def test_every_category_has_a_plan_that_ends(category: DeclineCategory) -> None:
    for total in range(1, 9):
        assert isinstance(planned(category, Tries(total, technical=total)), Retry | GiveUp)
    assert isinstance(planned(category, Tries(8, technical=8)), GiveUp)
