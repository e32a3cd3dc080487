"""Grids, local days and instants."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from ledgerline.base.calendar import (
    Cadence,
    Grid,
    Period,
    Unit,
    add_months,
    grid,
    local_date,
    start_of,
    zone_exists,
)

MONTHLY = Cadence(1, Unit.MONTH)
QUARTERLY = Cadence(3, Unit.MONTH)
YEARLY = Cadence(1, Unit.YEAR)
WEEKLY = Cadence(1, Unit.WEEK)
DAILY = Cadence(1, Unit.DAY)


@pytest.mark.parametrize(
    ("cadence", "months", "days"),
    [
        (MONTHLY, 1, None),
        (QUARTERLY, 3, None),
        (YEARLY, 12, None),
        (Cadence(2, Unit.YEAR), 24, None),
        (DAILY, None, 1),
        (Cadence(30, Unit.DAY), None, 30),
        (Cadence(4, Unit.WEEK), None, 28),
    ],
)
def test_cadence_is_in_months_or_in_days(
    cadence: Cadence, months: int | None, days: int | None
) -> None:
    assert (cadence.months, cadence.days) == (months, days)


def test_cadences_are_equal_by_what_they_say() -> None:
    assert Cadence(1, Unit.MONTH) == MONTHLY
    assert Cadence(12, Unit.MONTH) != YEARLY
    assert repr(MONTHLY) == "Cadence(count=1, unit=<Unit.MONTH: 'month'>)"
    assert len({Cadence(1, Unit.MONTH), MONTHLY}) == 1


@pytest.mark.parametrize("count", [0, -1])
def test_cadence_of_nothing_is_a_defect(count: int) -> None:
    with pytest.raises(AssertionError):
        Cadence(count, Unit.DAY)


@pytest.mark.parametrize("day", [0, 32])
def test_grid_day_outside_the_month_is_a_defect(day: int) -> None:
    with pytest.raises(AssertionError):
        Grid(date(2026, 1, 1), MONTHLY, day)


@pytest.mark.parametrize(
    ("_case", "laid", "n", "boundary"),
    [
        ("origin", grid(date(2026, 1, 31), MONTHLY), 0, date(2026, 1, 31)),
        ("clamped", grid(date(2026, 1, 31), MONTHLY), 1, date(2026, 2, 28)),
        ("remembered", grid(date(2026, 1, 31), MONTHLY), 2, date(2026, 3, 31)),
        ("short month", grid(date(2026, 1, 31), MONTHLY), 3, date(2026, 4, 30)),
        ("backwards over the year", grid(date(2026, 1, 31), MONTHLY), -11, date(2025, 2, 28)),
        ("century without a leap day", grid(date(2096, 2, 29), YEARLY), 4, date(2100, 2, 28)),
        ("century with a leap day", grid(date(1996, 2, 29), YEARLY), 4, date(2000, 2, 29)),
        ("quarter", grid(date(2025, 11, 30), QUARTERLY), 1, date(2026, 2, 28)),
        ("week", grid(date(2026, 1, 1), WEEKLY), 3, date(2026, 1, 22)),
        ("week backwards", grid(date(2026, 1, 1), WEEKLY), -1, date(2025, 12, 25)),
        ("origin before its day", Grid(date(2026, 2, 28), MONTHLY, 31), 1, date(2026, 3, 31)),
    ],
)
def test_boundary_is_counted_from_the_origin(
    _case: str, laid: Grid, n: int, boundary: date
) -> None:
    assert laid.boundary(n) == boundary
    assert laid.period(n).start == boundary
    assert laid.period(n - 1).end == boundary
    assert laid.index_of(boundary) == n
    assert laid.index_of(boundary - timedelta(days=1)) == n - 1


def test_period_counts_calendar_days() -> None:
    assert Period(date(2026, 2, 1), date(2026, 3, 1)).days == 28
    assert Period(date(2024, 2, 1), date(2024, 3, 1)).days == 29
    assert Period(date(2026, 2, 1), date(2026, 2, 1)).days == 0


@pytest.mark.parametrize(
    ("day", "months", "anchor_day", "reached"),
    [
        (date(2026, 1, 31), 1, 31, date(2026, 2, 28)),
        (date(2026, 2, 28), 1, 31, date(2026, 3, 31)),
        (date(2026, 2, 28), 1, 28, date(2026, 3, 28)),
        (date(2026, 3, 31), -1, 31, date(2026, 2, 28)),
        (date(2026, 1, 15), -1, 15, date(2025, 12, 15)),
        (date(2026, 12, 5), 13, 29, date(2028, 1, 29)),
        (date(2027, 2, 28), 12, 29, date(2028, 2, 29)),
    ],
)
def test_months_are_added_to_the_anchor_day(
    day: date, months: int, anchor_day: int, reached: date
) -> None:
    assert add_months(day, months, anchor_day=anchor_day) == reached


@pytest.mark.parametrize(
    ("_case", "day", "zone", "instant"),
    [
        ("no offset", date(2026, 6, 1), "Etc/UTC", "2026-06-01T00:00:00"),
        ("winter", date(2026, 1, 1), "Europe/Berlin", "2025-12-31T23:00:00"),
        ("summer", date(2026, 7, 1), "Europe/Berlin", "2026-06-30T22:00:00"),
        ("gap later in the day", date(2026, 3, 29), "Europe/Berlin", "2026-03-28T23:00:00"),
        ("half an hour", date(2026, 1, 1), "Asia/Kolkata", "2025-12-31T18:30:00"),
        ("midnight in a gap", date(2017, 10, 15), "America/Sao_Paulo", "2017-10-15T03:00:00"),
        ("fold ends at midnight", date(2018, 2, 18), "America/Sao_Paulo", "2018-02-18T03:00:00"),
        ("gap on a Friday", date(2026, 4, 24), "Africa/Cairo", "2026-04-23T22:00:00"),
        ("fold before midnight", date(2026, 10, 30), "Africa/Cairo", "2026-10-29T22:00:00"),
        ("midnight comes twice", date(2026, 11, 1), "America/Havana", "2026-11-01T04:00:00"),
        ("gap of half an hour", date(2026, 10, 4), "Australia/Lord_Howe", "2026-10-03T13:30:00"),
        ("gap from 23:30 to 0:30", date(1919, 3, 31), "America/Toronto", "1919-03-31T04:30:00"),
        ("day that never was", date(2011, 12, 30), "Pacific/Apia", "2011-12-30T10:00:00"),
        ("day after it", date(2011, 12, 31), "Pacific/Apia", "2011-12-30T10:00:00"),
        ("day before it", date(2011, 12, 29), "Pacific/Apia", "2011-12-29T10:00:00"),
    ],
)
def test_local_day_starts_at_its_first_existing_instant(
    _case: str, day: date, zone: str, instant: str
) -> None:
    started = start_of(day, zone)
    assert started == datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert started.tzinfo is UTC


def test_local_date_is_the_one_on_the_wall() -> None:
    new_year = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
    assert local_date(new_year, "Etc/UTC") == date(2025, 12, 31)
    assert local_date(new_year, "Europe/Berlin") == date(2026, 1, 1)
    assert local_date(new_year, "Pacific/Kiritimati") == date(2026, 1, 1)
    assert local_date(new_year, "Pacific/Honolulu") == date(2025, 12, 31)


def test_local_date_takes_an_instant_of_any_offset() -> None:
    tokyo = datetime(2026, 1, 1, 3, 0, tzinfo=timezone(timedelta(hours=9)))
    assert local_date(tokyo, "Etc/UTC") == date(2025, 12, 31)


def test_local_date_of_a_naive_time_is_a_defect() -> None:
    with pytest.raises(AssertionError):
        local_date(datetime(2026, 1, 1), "Etc/UTC")  # noqa: DTZ001 - the defect itself


@pytest.mark.parametrize("zone", ["Etc/UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "UTC"])
def test_zone_of_the_database_exists(zone: str) -> None:
    assert zone_exists(zone)


@pytest.mark.parametrize(
    "zone", ["", "Europe", "europe/berlin", "Mars/Base", "../etc/passwd", "localtime", "Factory"]
)
def test_anything_else_is_no_zone(zone: str) -> None:
    assert not zone_exists(zone)
