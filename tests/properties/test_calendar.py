"""Grids and local days over twenty years, in zones whose clocks jump."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerline.base.calendar import (
    Cadence,
    Grid,
    Unit,
    add_months,
    advance,
    grid,
    local_date,
    start_of,
)

ZONES = (
    "Africa/Cairo",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
)
FIRST_DAY = date(2008, 1, 1)
LAST_DAY = date(2028, 1, 1)
MISSING_DAY = ("Pacific/Apia", date(2011, 12, 30))
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)

days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
zones = st.sampled_from(ZONES)
cadences = st.builds(Cadence, st.integers(1, 40), st.sampled_from(Unit))
numbers = st.integers(-60, 60)


def every_day() -> list[date]:
    return [FIRST_DAY + DAY * n for n in range((LAST_DAY - FIRST_DAY).days)]


def last_of_month(day: date) -> int:
    return ((day.replace(day=28) + 4 * DAY).replace(day=1) - DAY).day


@pytest.mark.parametrize("zone", ZONES)
def test_start_of_every_day_is_its_first_existing_instant(zone: str) -> None:
    for day in every_day():
        start = start_of(day, zone)
        assert start.tzinfo is UTC
        missing = (zone, day) == MISSING_DAY
        assert local_date(start, zone) == (day + DAY if missing else day)
        assert local_date(start - SECOND, zone) < day


@pytest.mark.parametrize("zone", ZONES)
def test_starts_of_days_increase_and_only_the_missing_day_has_no_length(zone: str) -> None:
    starts = [start_of(day, zone) for day in every_day()]
    stalled = [
        (zone, day)
        for day, (start, end) in zip(every_day(), pairwise(starts), strict=False)
        if end <= start
    ]
    assert stalled == ([MISSING_DAY] if zone == "Pacific/Apia" else [])
    lengths = {end - start for start, end in pairwise(starts)} - {timedelta(0)}
    assert all(timedelta(hours=23) <= length <= timedelta(hours=25) for length in lengths)


@pytest.mark.parametrize("day", range(1, 32))
@pytest.mark.parametrize("months", [1, 3, 12])
def test_boundaries_of_every_anchor_day_never_drift(months: int, day: int) -> None:
    laid = Grid(FIRST_DAY, Cadence(months, Unit.MONTH), day)
    boundaries = [laid.boundary(n) for n in range(240 // months + 1)]
    assert all(before < after for before, after in pairwise(boundaries))
    assert [at.day for at in boundaries] == [min(day, last_of_month(at)) for at in boundaries]
    passed = [(at.year - 2008) * 12 + at.month - 1 for at in boundaries]
    assert passed == list(range(0, 241, months))


@pytest.mark.parametrize("day", range(1, 32))
def test_monthly_periods_of_every_anchor_day_cover_each_day_once(day: int) -> None:
    laid = Grid(FIRST_DAY, Cadence(1, Unit.MONTH), day)
    covered = [
        period.start + DAY * n
        for period in (laid.period(index) for index in range(240))
        for n in range(period.days)
    ]
    assert covered == [laid.boundary(0) + DAY * n for n in range(len(covered))]
    assert covered[-1] + DAY == laid.boundary(240)


@pytest.mark.parametrize("zone", ZONES)
def test_instants_of_boundaries_increase_and_fall_on_their_dates(zone: str) -> None:
    for day in range(1, 32):
        laid = Grid(FIRST_DAY, Cadence(1, Unit.MONTH), day)
        instants = [start_of(laid.boundary(n), zone) for n in range(240)]
        assert all(before < after for before, after in pairwise(instants))
        for n, instant in enumerate(instants):
            at = laid.boundary(n)
            missing = (zone, at) == MISSING_DAY
            assert local_date(instant, zone) == (at + DAY if missing else at)


@given(days, cadences, numbers)
def test_period_holds_exactly_the_days_that_have_its_index(
    start: date, cadence: Cadence, n: int
) -> None:
    laid = grid(start, cadence)
    period = laid.period(n)
    assert (period.start, period.end) == (laid.boundary(n), laid.boundary(n + 1))
    assert period.days == (period.end - period.start).days > 0
    assert laid.index_of(period.start) == n
    assert laid.index_of(period.end - DAY) == n
    assert laid.index_of(period.end) == n + 1


@given(days, cadences, st.none() | st.integers(1, 31))
def test_first_boundary_is_less_than_one_cadence_after_the_start(
    start: date, cadence: Cadence, bill_day: int | None
) -> None:
    laid = grid(start, cadence, bill_day=bill_day)
    assert laid.boundary(-1) < start <= laid.boundary(0)
    assert laid.boundary(0) == laid.origin
    if bill_day is None or cadence.months is None:
        assert laid.boundary(0) == start


@given(days, numbers, numbers)
def test_months_added_in_two_steps_are_months_added_at_once(
    day: date, first: int, second: int
) -> None:
    half_way = add_months(day, first, anchor_day=day.day)
    at_once = add_months(day, first + second, anchor_day=day.day)
    assert add_months(half_way, second, anchor_day=day.day) == at_once


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)), zones)  # noqa: DTZ001 - made aware
def test_instant_lies_between_the_start_of_its_day_and_of_the_next(
    naive: datetime, zone: str
) -> None:
    instant = naive.replace(tzinfo=UTC)
    day = local_date(instant, zone)
    assert start_of(day, zone) <= instant < start_of(day + DAY, zone)


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001 - made aware
    st.integers(1, 999),
    st.sampled_from(["second", "minute", "hour", "day", "week", "month", "year"]),
)
def test_clock_only_goes_ahead(naive: datetime, count: int, unit: str) -> None:
    instant = naive.replace(tzinfo=UTC)
    reached = advance(instant, f"{count} {unit}s")
    assert reached > instant
    assert reached.microsecond == instant.microsecond
