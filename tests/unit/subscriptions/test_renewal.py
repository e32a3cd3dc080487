from datetime import UTC, date, datetime, timedelta

import pytest

from ledgerline.base.calendar import Period
from ledgerline.subscriptions.model import End, Renew, Wait, grid_of
from ledgerline.subscriptions.rules.renewal import at_period_end

LAST_DAYS = grid_of(date(2026, 1, 31), 31, 1, "month")
BERLIN = "Europe/Berlin"
DUE = datetime(2026, 2, 27, 23, tzinfo=UTC)  # midnight of the 28th in Berlin
PAID = date(2026, 2, 28)


def test_period_that_follows_is_counted_from_the_anchor() -> None:
    decision = at_period_end(LAST_DAYS, billed_through=PAID, ends_on=None, zone=BERLIN, now=DUE)
    assert decision == Renew(period=Period(PAID, date(2026, 3, 31)), grid=LAST_DAYS)


def test_nothing_is_due_before_local_midnight() -> None:
    early = DUE - timedelta(microseconds=1)
    decision = at_period_end(LAST_DAYS, billed_through=PAID, ends_on=None, zone=BERLIN, now=early)
    assert decision == Wait(until=DUE)


@pytest.mark.parametrize("days_late", [0, 1, 200])
def test_late_worker_bills_the_same_period(days_late: int) -> None:
    late = DUE + timedelta(days=days_late)
    decision = at_period_end(LAST_DAYS, billed_through=PAID, ends_on=None, zone=BERLIN, now=late)
    assert decision == Renew(period=Period(PAID, date(2026, 3, 31)), grid=LAST_DAYS)


@pytest.mark.parametrize("days_late", [0, 40])
def test_end_lies_at_the_boundary_whenever_it_is_noticed(days_late: int) -> None:
    late = DUE + timedelta(days=days_late)
    decision = at_period_end(LAST_DAYS, billed_through=PAID, ends_on=PAID, zone=BERLIN, now=late)
    assert decision == End(on=PAID)


def test_end_in_the_future_does_not_stop_this_renewal() -> None:
    decision = at_period_end(
        LAST_DAYS, billed_through=PAID, ends_on=date(2026, 3, 31), zone=BERLIN, now=DUE
    )
    assert isinstance(decision, Renew)


@pytest.mark.parametrize(
    ("zone", "due"),
    [
        ("Etc/UTC", datetime(2026, 2, 28, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 2, 28, 5, tzinfo=UTC)),
        ("Asia/Tokyo", datetime(2026, 2, 27, 15, tzinfo=UTC)),
    ],
)
def test_boundary_is_a_day_of_the_customer(zone: str, due: datetime) -> None:
    before = due - timedelta(seconds=1)
    waiting = at_period_end(LAST_DAYS, billed_through=PAID, ends_on=None, zone=zone, now=before)
    assert waiting == Wait(until=due)
    assert isinstance(
        at_period_end(LAST_DAYS, billed_through=PAID, ends_on=None, zone=zone, now=due), Renew
    )
