"""Cases A and I of the subscription catalogue, as far as the calendar alone decides them."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from ledgerline.base.calendar import Cadence, Period, Unit, grid, local_date, start_of

MONTHLY = Cadence(1, Unit.MONTH)
YEARLY = Cadence(1, Unit.YEAR)
DAILY = Cadence(1, Unit.DAY)
THIRTY_DAYS = Cadence(30, Unit.DAY)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cadence", "first"),
    [
        (MONTHLY, date(2012, 2, 29)),
        (YEARLY, date(2012, 2, 29)),
        (THIRTY_DAYS, date(2012, 2, 16)),
    ],
)
def test_a01_bill_day_30_is_clamped_and_means_nothing_to_a_cadence_in_days(
    cadence: Cadence, first: date
) -> None:
    assert grid(date(2012, 2, 16), cadence, bill_day=30).boundary(0) == first


def test_a02_bill_day_31_gives_whole_periods_through_february() -> None:
    laid = grid(date(2017, 1, 31), MONTHLY, bill_day=31)
    assert [laid.period(n) for n in range(3)] == [
        Period(date(2017, 1, 31), date(2017, 2, 28)),
        Period(date(2017, 2, 28), date(2017, 3, 31)),
        Period(date(2017, 3, 31), date(2017, 4, 30)),
    ]


def test_a03_day_31_is_remembered_month_by_month() -> None:
    laid = grid(date(2022, 12, 31), MONTHLY)
    assert [laid.boundary(n) for n in (1, 2, 3, 4, 14, 15)] == [
        date(2023, 1, 31),
        date(2023, 2, 28),
        date(2023, 3, 31),
        date(2023, 4, 30),
        date(2024, 2, 29),
        date(2024, 3, 31),
    ]


def test_a03_day_30_is_remembered_month_by_month() -> None:
    laid = grid(date(2022, 4, 30), MONTHLY)
    assert [laid.boundary(n) for n in (9, 10, 11)] == [
        date(2023, 1, 30),
        date(2023, 2, 28),
        date(2023, 3, 30),
    ]


def test_a04_leap_day_comes_back_every_fourth_year() -> None:
    laid = grid(date(2024, 2, 29), YEARLY)
    assert [laid.boundary(n) for n in range(1, 5)] == [
        date(2025, 2, 28),
        date(2026, 2, 28),
        date(2027, 2, 28),
        date(2028, 2, 29),
    ]


def test_a04_day_28_stays_28_in_leap_years() -> None:
    laid = grid(date(2023, 2, 28), YEARLY)
    assert [laid.boundary(n) for n in (1, 5)] == [date(2024, 2, 28), date(2028, 2, 28)]


@pytest.mark.parametrize(
    ("zone", "anchor"),
    [
        ("Asia/Kolkata", utc("2024-01-31T04:30")),
        ("America/Los_Angeles", utc("2024-01-31T18:00")),
        ("Asia/Tokyo", utc("2024-01-31T01:00")),
    ],
)
def test_a05_ten_in_the_morning_falls_on_the_same_next_date_in_every_zone(
    zone: str, anchor: datetime
) -> None:
    assert grid(local_date(anchor, zone), MONTHLY).boundary(1) == date(2024, 2, 29)


def test_a06_first_three_periods_of_a_start_at_the_end_of_january() -> None:
    laid = grid(date(2024, 1, 31), MONTHLY)
    assert [laid.period(n) for n in range(3)] == [
        Period(date(2024, 1, 31), date(2024, 2, 29)),
        Period(date(2024, 2, 29), date(2024, 3, 31)),
        Period(date(2024, 3, 31), date(2024, 4, 30)),
    ]


@pytest.mark.parametrize(
    ("start", "bill_day", "first"),
    [
        (date(2022, 7, 19), 23, date(2022, 7, 23)),
        (date(2022, 7, 19), 17, date(2022, 8, 17)),
        (date(2022, 2, 19), 31, date(2022, 2, 28)),
    ],
)
def test_a07_first_boundary_is_the_bill_day_at_or_after_the_start(
    start: date, bill_day: int, first: date
) -> None:
    laid = grid(start, MONTHLY, bill_day=bill_day)
    assert laid.boundary(0) == first
    assert laid.index_of(start) == -1


def test_a07_yearly_bill_day_before_the_start_waits_one_whole_cadence() -> None:
    assert grid(date(2022, 7, 19), YEARLY, bill_day=17).boundary(0) == date(2023, 7, 17)


def test_a07_start_on_the_bill_day_leaves_no_stub() -> None:
    laid = grid(date(2022, 2, 28), MONTHLY, bill_day=31)
    assert laid.boundary(0) == date(2022, 2, 28)
    assert laid.boundary(1) == date(2022, 3, 31)


def test_a08_thirty_days_know_no_months() -> None:
    laid = grid(date(2016, 4, 8), THIRTY_DAYS)
    assert [laid.boundary(n) for n in range(1, 4)] == [
        date(2016, 5, 8),
        date(2016, 6, 7),
        date(2016, 7, 7),
    ]


@pytest.mark.parametrize(
    ("zone", "bill_day"),
    [
        ("Etc/UTC", 16),
        ("Europe/Paris", 16),
        ("Pacific/Honolulu", 16),
        ("Asia/Tokyo", 17),
        ("Asia/Baghdad", 17),
    ],
)
def test_i01_bill_day_is_the_local_day_of_the_first_paid_instant(zone: str, bill_day: int) -> None:
    assert local_date(utc("2012-07-16T21:17"), zone).day == bill_day


def test_i02_no_day_drifts_over_eighteen_renewals_and_three_clock_changes() -> None:
    zone = "America/Juneau"
    laid = grid(date(2015, 11, 1), MONTHLY)
    instants = [start_of(laid.boundary(n), zone) for n in range(19)]
    assert [local_date(at, zone).day for at in instants] == [1] * 19
    assert {at.hour for at in instants} == {8, 9}
    assert all(before < after for before, after in pairwise(instants))


def test_i03_trial_of_thirty_days_ends_on_its_date_though_a_clock_change_lies_inside() -> None:
    zone = "America/Los_Angeles"
    # given a trial taken late in the evening before the clocks go forward
    started = local_date(utc("2017-03-02T07:30"), zone)
    # when its thirty days are over
    trial_end = grid(started, THIRTY_DAYS).boundary(1)
    # then dates alone counted, and the first paid month remembers day 31
    assert started == date(2017, 3, 1)
    assert trial_end == date(2017, 3, 31)
    assert grid(trial_end, MONTHLY).period(0) == Period(date(2017, 3, 31), date(2017, 4, 30))
    assert start_of(trial_end, zone) == utc("2017-03-31T07:00")


@pytest.mark.parametrize(
    ("zone", "now", "start", "trial_end"),
    [
        ("Pacific/Pago_Pago", utc("2026-03-02T08:00"), date(2026, 3, 1), date(2026, 3, 31)),
        ("Asia/Tokyo", utc("2026-03-02T18:00"), date(2026, 3, 3), date(2026, 4, 2)),
    ],
)
def test_i04_trial_without_a_start_date_begins_on_the_local_day(
    zone: str, now: datetime, start: date, trial_end: date
) -> None:
    assert local_date(now, zone) == start
    assert grid(start, THIRTY_DAYS).boundary(1) == trial_end


@pytest.mark.parametrize(
    ("zone", "first", "last", "days"),
    [
        ("America/New_York", utc("2024-03-09T17:00"), utc("2024-03-11T16:00"), 2),
        ("America/New_York", utc("2024-11-02T16:00"), utc("2024-11-04T17:00"), 2),
        ("Australia/Sydney", utc("2024-04-06T01:00"), utc("2024-04-08T02:00"), 2),
        ("America/New_York", utc("2024-07-15T16:30"), utc("2024-07-16T12:15"), 1),
        ("America/New_York", utc("2024-07-15T04:00"), utc("2024-07-16T03:59"), 0),
    ],
)
def test_i05_days_are_calendar_days_and_never_24_hours(
    zone: str, first: datetime, last: datetime, days: int
) -> None:
    assert Period(local_date(first, zone), local_date(last, zone)).days == days


def test_i06_local_months_become_instants_on_both_sides_of_a_clock_change() -> None:
    laid = grid(date(2024, 2, 1), MONTHLY)
    assert [start_of(laid.boundary(n), "America/New_York") for n in range(3)] == [
        utc("2024-02-01T05:00"),
        utc("2024-03-01T05:00"),
        utc("2024-04-01T04:00"),
    ]


@pytest.mark.parametrize(
    ("zone", "start", "days_left"),
    [
        ("Etc/UTC", date(2023, 2, 8), 21),
        ("America/Los_Angeles", date(2023, 2, 7), 22),
    ],
)
def test_i07_stub_of_a_calendar_month_is_counted_from_the_local_day(
    zone: str, start: date, days_left: int
) -> None:
    # given a start at one instant, which two zones put on two dates
    assert local_date(utc("2023-02-08T05:00"), zone) == start
    # when the calendar month is the grid
    laid = grid(start, MONTHLY, bill_day=1)
    whole = laid.period(laid.index_of(start))
    # then the stub runs to the end of February, which has 28 days
    assert whole == Period(date(2023, 2, 1), date(2023, 3, 1))
    assert Period(start, whole.end).days == days_left
    assert whole.days == 28


def test_i08_change_of_zone_moves_the_instant_of_the_next_boundary_and_not_its_date() -> None:
    laid = grid(date(2026, 4, 15), MONTHLY, bill_day=15)
    next_boundary = laid.boundary(laid.index_of(date(2026, 5, 20)) + 1)
    assert next_boundary == date(2026, 6, 15)
    assert start_of(next_boundary, "Europe/Berlin") == utc("2026-06-14T22:00")
    assert start_of(next_boundary, "America/New_York") == utc("2026-06-15T04:00")


def test_i09_day_that_never_was_begins_with_the_day_after_it() -> None:
    laid = grid(date(2011, 12, 29), DAILY)
    instants = [start_of(laid.boundary(n), "Pacific/Apia") for n in range(4)]
    assert instants == [
        utc("2011-12-29T10:00"),
        utc("2011-12-30T10:00"),
        utc("2011-12-30T10:00"),
        utc("2011-12-31T10:00"),
    ]
