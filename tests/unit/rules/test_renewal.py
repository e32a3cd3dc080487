"""Renewals: the next period of the grid, its end, and what must not be billed."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ledgerline.base.calendar import Cadence, Grid, Unit
from ledgerline.rules.renewal import End, NothingInForce, Renewal, TooManyLines, Wait, renew
from ledgerline.subscriptions.model import Timing
from tests.unit.pricing.lines import days
from tests.unit.rules.sold import MONTHLY, sold
from tests.unit.rules.story import Story, at

BERLIN = "Europe/Berlin"
DUE = datetime(2026, 2, 27, 23, tzinfo=UTC)  # midnight of the 28th in Berlin
PAID = date(2026, 2, 28)


def due(now: datetime, *, zone: str = BERLIN, ends_on: date | None = None) -> Renewal | End | Wait:
    """Ask what is due of a month that began on the 31st."""
    story = Story([sold("plan", 1000)], zone=zone)
    story.buy("2026-01-31", "plan")
    row = story.subscription._replace(ends_on=ends_on)
    assert row.billed_through == PAID
    return renew(row, story.items, (), story.book, now=now)


def test_period_that_follows_is_counted_from_the_anchor() -> None:
    renewal = due(DUE)
    assert isinstance(renewal, Renewal)
    assert renewal.period == days("2026-02-28", "2026-03-31")
    assert renewal.grid == Grid(date(2026, 1, 31), MONTHLY, 31)
    assert renewal.billed_through == date(2026, 3, 31)
    assert renewal.next_bill_at == datetime(2026, 3, 30, 22, tzinfo=UTC)
    assert (renewal.takes_over, renewal.bill.gross_minor) == (False, 1000)


def test_nothing_is_due_before_local_midnight() -> None:
    assert due(DUE - timedelta(microseconds=1)) == Wait(until=DUE)


@pytest.mark.parametrize("days_late", [0, 1, 200])
def test_late_worker_bills_the_same_period(days_late: int) -> None:
    assert due(DUE + timedelta(days=days_late)) == due(DUE)


@pytest.mark.parametrize("days_late", [0, 40])
def test_end_lies_at_the_boundary_whenever_it_is_noticed(days_late: int) -> None:
    assert due(DUE + timedelta(days=days_late), ends_on=PAID) == End(on=PAID)


def test_end_in_the_future_does_not_stop_this_renewal() -> None:
    renewal = due(DUE, ends_on=date(2026, 3, 31))
    assert isinstance(renewal, Renewal)
    assert renewal.period == days("2026-02-28", "2026-03-31")


@pytest.mark.parametrize(
    ("zone", "at_midnight"),
    [
        ("Etc/UTC", datetime(2026, 2, 28, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 2, 28, 5, tzinfo=UTC)),
        ("Asia/Tokyo", datetime(2026, 2, 27, 15, tzinfo=UTC)),
    ],
)
def test_boundary_is_a_day_of_the_customer(zone: str, at_midnight: datetime) -> None:
    assert due(at_midnight - timedelta(seconds=1), zone=zone) == Wait(until=at_midnight)
    assert isinstance(due(at_midnight, zone=zone), Renewal)


def test_the_31st_is_remembered() -> None:
    """A02."""
    story = Story([sold("plan", 1000)])
    story.buy("2017-01-31", "plan")
    periods = []
    for day in ("2017-02-28", "2017-03-31"):
        renewal = story.renew(day)
        assert isinstance(renewal, Renewal)
        periods.append(renewal.period)
    assert periods == [days("2017-02-28", "2017-03-31"), days("2017-03-31", "2017-04-30")]


def test_before_the_boundary_it_waits_and_after_a_planned_end_it_ends() -> None:
    story = Story([sold("plan", 1000)])
    story.buy("2026-01-10", "plan")
    assert story.renew("2026-02-09") == Wait(until=datetime(2026, 2, 10, tzinfo=UTC))

    story.cancel("2026-01-20", Timing.PERIOD_END)

    assert story.renew("2026-02-12") == End(on=date(2026, 2, 10))


def test_an_end_inside_the_period_shortens_it() -> None:
    """C18: no money is taken that must be given back."""
    story = Story([sold("plan", 1099)])
    story.buy("2026-08-01", "plan")
    row = story.subscription._replace(ends_on=date(2026, 9, 16))

    renewal = renew(row, story.items, (), story.book, now=at("2026-09-01"))

    assert isinstance(renewal, Renewal)
    assert (renewal.period, renewal.bill.gross_minor) == (days("2026-09-01", "2026-09-16"), 549)
    assert renewal.billed_through == date(2026, 9, 16)


def test_after_an_end_that_was_withdrawn_the_rest_of_the_period_is_billed() -> None:
    """C18: the two pieces sum to the price."""
    story = Story([sold("plan", 1099)])
    story.buy("2026-08-01", "plan")
    row = story.subscription._replace(billed_through=date(2026, 9, 16))

    renewal = renew(row, story.items, (), story.book, now=at("2026-09-16"))

    assert isinstance(renewal, Renewal)
    assert renewal.bill.gross_minor == 550
    assert renewal.billed_through == date(2026, 10, 1)


def test_a_day_that_never_was_is_billed_and_covers_nothing() -> None:
    """I09."""
    story = Story([sold("day", 10, cadence=Cadence(1, Unit.DAY))], zone="Pacific/Apia")
    story.buy("2011-12-29", "day")

    first = story.renew("2011-12-31")
    second = story.renew("2011-12-31")

    assert isinstance(first, Renewal)
    assert isinstance(second, Renewal)
    assert (first.period, second.period) == (
        days("2011-12-30", "2011-12-31"),
        days("2011-12-31", "2012-01-01"),
    )
    assert first.next_bill_at == datetime(2011, 12, 30, 10, tzinfo=UTC)


def test_more_lines_than_a_subscription_has_are_refused() -> None:
    """H04."""
    add_ons = [sold(f"a{n}", 10, product=f"a{n}", goes_with=("plan",)) for n in range(15)]
    story = Story([sold("plan", 1000), *add_ons])
    story.buy("2026-01-10", "plan", add_ons=[one.code for one in add_ons])

    with pytest.raises(TooManyLines):
        story.renew("2026-02-10")


def test_a_subscription_without_its_base_contradicts_itself() -> None:
    story = Story([sold("plan", 1000)])
    story.buy("2026-01-10", "plan")

    with pytest.raises(NothingInForce):
        renew(story.subscription, (), (), story.book, now=at("2026-02-10"))
