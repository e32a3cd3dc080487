from datetime import UTC, datetime, timedelta

import pytest

from ledgerline.payments.model import AttemptState, DeclineCategory
from ledgerline.payments.rules.retry import (
    FORBIDDEN,
    AwaitPayer,
    GiveUp,
    GiveUpReason,
    Postpone,
    Retry,
    Then,
    Tries,
    is_ours,
    plan,
    postpone,
    resume_of,
)

FUNDS = DeclineCategory.INSUFFICIENT_FUNDS
BERLIN = "Europe/Berlin"
FAILED_AT = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # already 2 March in Berlin


def planned(category: DeclineCategory | None, tries: Tries, *, spread: int = 0) -> Then:
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
    tries: int, expected: Then
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
        DeclineCategory.ISSUER_UNAVAILABLE,
        DeclineCategory.PROCESSOR_ERROR,
    ],
)
def test_technical_failures_come_back_after_1_6_and_24_hours_first(
    category: DeclineCategory,
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


@pytest.mark.parametrize("category", sorted(FORBIDDEN))
def test_what_no_machine_may_try_again_waits_for_the_payer_as_long_as_the_calendar(
    category: DeclineCategory,
) -> None:
    # given a refusal at the first try, and after two declines
    assert planned(category, Tries(1)) == AwaitPayer(utc(3, 23, 8).at)  # 2 + 5 + 7 + 7 days
    assert planned(category, Tries(3)) == AwaitPayer(utc(3, 16, 8).at)  # 7 + 7 days
    assert planned(category, Tries(5)) == GiveUp(GiveUpReason.PLAN_USED_UP)


def test_unmapped_decline_is_tried_once_and_not_soon_then_waits_for_the_payer() -> None:
    assert planned(DeclineCategory.UNMAPPED, Tries(1)) == utc(3, 5, 8)
    assert planned(DeclineCategory.UNMAPPED, Tries(2)) == AwaitPayer(utc(3, 21, 8).at)


@pytest.mark.parametrize("category", DeclineCategory)
def test_every_category_has_a_plan_that_ends(category: DeclineCategory) -> None:
    for total in range(1, 9):
        then = planned(category, Tries(total, technical=total))
        assert isinstance(then, Retry | AwaitPayer | GiveUp)
    assert isinstance(planned(category, Tries(8, technical=8)), GiveUp)


@pytest.mark.parametrize(
    ("state", "category", "expected"),
    [
        (AttemptState.NOT_EXECUTED, None, True),
        (AttemptState.NOT_EXECUTED, DeclineCategory.MERCHANT_CONFIG, True),
        (AttemptState.DECLINED, DeclineCategory.MERCHANT_CONFIG, True),
        (AttemptState.DECLINED, DeclineCategory.ISSUER_UNAVAILABLE, False),
        (AttemptState.DECLINED, FUNDS, False),
        (AttemptState.DECLINED, None, False),
    ],
)
def test_a_failure_of_ours_is_no_refusal_of_the_payer(
    state: AttemptState, category: DeclineCategory | None, expected: bool
) -> None:
    assert is_ours(state, category) is expected


@pytest.mark.parametrize(
    ("failures", "asked", "seconds"),
    [(1, None, 900), (2, None, 3600), (3, None, 14400), (500, None, 14400), (1, 1800, 1800),
     (3, 60, 14400)],
)  # fmt: skip
def test_a_failure_of_ours_comes_back_for_ever_and_never_before_it_is_wanted(
    failures: int, asked: int | None, seconds: int
) -> None:
    found = postpone(failures, failed_at=FAILED_AT, retry_after_seconds=asked)
    assert found == Postpone(FAILED_AT + timedelta(seconds=seconds))


def test_plan_that_was_interrupted_goes_on_as_it_was() -> None:
    assert resume_of(None, awaits=None) is None
    assert resume_of(FAILED_AT, awaits=False) == Retry(FAILED_AT)
    assert resume_of(FAILED_AT, awaits=True) == AwaitPayer(FAILED_AT)
