"""Local dates, billing grids and the instants at which local days begin."""

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import ClassVar, Final
from zoneinfo import ZoneInfo, available_timezones

from ledgerline.base.errors import Rejected

BILL_DAY_MAX: Final = 31
ADVANCE_DIGITS_MAX: Final = 6  # digits of one number in a duration
_STARTS_KEPT: Final = 1 << 15  # (day, zone) pairs; a billing run asks for few days in many zones
_DATES_KEPT: Final = 1 << 14
_NOT_PLACES: Final = frozenset({"Factory", "localtime", "posixrules"})

_MONTH_ONE: Final = date(2000, 1, 1).toordinal()
_MONTH_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY: Final = 1  # counted from zero


class Unit(StrEnum):
    """What a cadence counts."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often a period begins anew: every ``count`` units (≥ 1).

    A cadence has either ``months`` or ``days``: a year is 12 months, a week 7 days.
    """

    count: int
    unit: Unit
    months: int | None = field(init=False, repr=False, compare=False)
    days: int | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        assert self.count >= 1, self
        months = {Unit.MONTH: 1, Unit.YEAR: 12}.get(self.unit)
        days = {Unit.DAY: 1, Unit.WEEK: 7}.get(self.unit)
        object.__setattr__(self, "months", months and months * self.count)
        object.__setattr__(self, "days", days and days * self.count)

    @property
    def days_max(self) -> int:
        """Count the days of a period, or more: a month has 31, a year 366."""
        if self.days is not None:
            return self.days
        years = self.count if self.unit is Unit.YEAR else 0
        return 366 * years or 31 * self.count


@dataclass(frozen=True, slots=True)
class Period:
    """The local dates ``[start, end)``."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """Count calendar days: a day is one, however many hours it has."""
        return self.end.toordinal() - self.start.toordinal()


@dataclass(frozen=True, slots=True)
class Grid:
    """Every boundary a subscription can ever have, each counted from the origin.

    ``origin`` is the date of boundary 0. For a cadence in months only its month matters: ``day``
    (1 to 31) is the day that is remembered, and each boundary clamps it to its own month, so day 31
    comes back after February. For a cadence in days ``day`` has no meaning.
    """

    origin: date
    cadence: Cadence
    day: int

    def __post_init__(self) -> None:
        assert 1 <= self.day <= BILL_DAY_MAX, self

    def boundary(self, n: int) -> date:
        """Return the date of boundary ``n``, which may be negative."""
        months = self.cadence.months
        if months is None:
            return date.fromordinal(self.origin.toordinal() + n * _days(self.cadence))
        origin = self.origin
        return _clamped(origin.year * 12 + origin.month - 1 + n * months, self.day)

    def period(self, n: int) -> Period:
        """Return the dates between boundary ``n`` and the next one."""
        months = self.cadence.months
        if months is None:
            days = _days(self.cadence)
            return _period_of_days(self.origin.toordinal() + n * days, days)
        origin = self.origin
        return _period_of_months(
            origin.year * 12 + origin.month - 1 + n * months, months, day=self.day
        )

    def index_of(self, day: date) -> int:
        """Return the ``n`` whose period holds ``day``."""
        months = self.cadence.months
        if months is None:
            return (day.toordinal() - self.origin.toordinal()) // _days(self.cadence)
        origin = self.origin
        n = ((day.year - origin.year) * 12 + day.month - origin.month) // months
        return n if self.boundary(n) <= day else n - 1


def grid(start: date, cadence: Cadence, *, bill_day: int | None = None) -> Grid:
    """Lay the grid of something that starts on a local date.

    Boundary 0 is the start itself, or with a bill day the first one at or after it: that day in
    the start's month, or one whole cadence later if it lies before the start (in a yearly cadence
    that can be almost a year). The days up to it end the period numbered -1. A cadence in days
    always begins at the start.
    """
    months = cadence.months
    if months is None or bill_day is None:
        return Grid(start, cadence, start.day)
    month = start.year * 12 + start.month - 1
    origin = _clamped(month, bill_day)
    if origin < start:
        origin = _clamped(month + months, bill_day)
    return Grid(origin, cadence, bill_day)


def add_months(day: date, months: int, *, anchor_day: int) -> date:
    """Go ``months`` ahead (or back) and land on ``anchor_day``, or on the month's last day."""
    return _clamped(day.year * 12 + day.month - 1 + months, anchor_day)


def month_of(day: date) -> int:
    """Return the number of the month of a day, as keys of tables have it.

    A month of a key has 32 days and the first begins on 2000-01-01; in SQL it is
    ``(day - DATE '2000-01-01') >> 5``.
    """
    return (day.toordinal() - _MONTH_ONE) >> 5


def months(first: date, last: date) -> list[int]:
    """List the numbers of the months that hold a day of ``[first, last]``, newest first."""
    return list(range(month_of(last), month_of(first) - 1, -1))


def _days(cadence: Cadence) -> int:
    days = cadence.days
    assert days is not None, cadence
    return days


# A billing run asks for the same few dates a million times: dates and periods are shared.
@lru_cache(maxsize=_DATES_KEPT)
def _period_of_days(ordinal: int, days: int) -> Period:
    return Period(date.fromordinal(ordinal), date.fromordinal(ordinal + days))


@lru_cache(maxsize=_DATES_KEPT)
def _period_of_months(month: int, months: int, *, day: int) -> Period:
    return Period(_clamped(month, day), _clamped(month + months, day))


@lru_cache(maxsize=_DATES_KEPT)
def _clamped(months_since_year_zero: int, day: int) -> date:
    year, month = divmod(months_since_year_zero, 12)
    if day > 28:  # noqa: PLR2004 - every month has 28 days, so nothing else needs a look-up
        last = _MONTH_DAYS[month]
        if month == _FEBRUARY and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0):
            last = 29
        day = min(day, last)
    return date(year, month + 1, day)


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=1)
def _places() -> frozenset[str]:
    return frozenset(available_timezones() - _NOT_PLACES)


def zone_exists(zone: str) -> bool:
    """Answer whether ``zone`` is a name of the IANA database, spelt exactly as there."""
    return zone in _places()


@lru_cache(maxsize=_STARTS_KEPT)
def start_of(day: date, zone: str) -> datetime:
    """Return the first instant at which it is ``day`` in ``zone``, as an aware UTC instant.

    Where the clock jumps over midnight that is the instant of the jump; where midnight comes
    twice, the first. A day that never was (Pacific/Apia, 2011-12-30) begins with the next one.
    """
    place = _zone(zone)
    midnight = datetime(day.year, day.month, day.day, tzinfo=place)
    instant = midnight.astimezone(UTC)
    wall = midnight.replace(tzinfo=None)
    if instant.astimezone(place).replace(tzinfo=None) == wall:
        return instant
    # Midnight lies in a gap. ``instant`` used the offset before the jump, so the jump is at or
    # before it, by at most the width of the gap.
    width = (instant - midnight.replace(fold=1).astimezone(UTC)) // timedelta(seconds=1)

    def is_past_midnight(seconds: int) -> bool:
        at = instant - timedelta(seconds=width - seconds)
        return at.astimezone(place).replace(tzinfo=None) >= wall

    jump = bisect_left(range(width), x=True, key=is_past_midnight)
    return instant - timedelta(seconds=width - jump)


def local_date(instant: datetime, zone: str) -> date:
    """Return which day an aware instant falls on in ``zone``."""
    assert instant.tzinfo is not None, instant
    return instant.astimezone(_zone(zone)).date()


class BadDuration(Rejected):
    """The text names no length of time, or one that leaves the calendar."""

    code: ClassVar[str] = "bad_duration"


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time as a person says it: whole months, then seconds."""

    months: int
    seconds: int


_WORDS: Final = re.compile(
    r"(?P<count>\d+) *(?P<unit>second|minute|hour|day|week|month|year)s?", re.ASCII
)
_ISO: Final = re.compile(
    r"P(?:(?P<year>\d+)Y)?(?:(?P<month>\d+)M)?(?:(?P<week>\d+)W)?(?:(?P<day>\d+)D)?"
    r"(?:T(?:(?P<hour>\d+)H)?(?:(?P<minute>\d+)M)?(?:(?P<second>\d+)S)?)?",
    re.ASCII,
)
_MONTHS: Final = {"month": 1, "year": 12}
_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}


def parse_duration(text: str) -> Duration:
    """Read "1 month", "10 days", "3 hours" or ISO 8601 "P1M", "P1DT12H"; never zero.

    A day is 24 hours here, since a duration is added to an instant. Raises :class:`BadDuration`.
    """
    counts = _counts(text.strip())
    months = sum(_MONTHS[unit] * int(count) for unit, count in counts if unit in _MONTHS)
    seconds = sum(_SECONDS[unit] * int(count) for unit, count in counts if unit in _SECONDS)
    if months == 0 and seconds == 0:
        raise BadDuration('write a duration as "1 month", "10 days" or "P1M"')
    return Duration(months, seconds)


def _counts(text: str) -> list[tuple[str, str]]:
    if words := _WORDS.fullmatch(text.lower()):
        found = [(words["unit"], words["count"])]
    elif iso := _ISO.fullmatch(text.upper()):
        found = [(unit, count) for unit, count in iso.groupdict().items() if count]
    else:
        found = []
    return found if all(len(count) <= ADVANCE_DIGITS_MAX for _, count in found) else []


def advance(instant: datetime, text: str) -> datetime:
    """Move an aware instant ahead by a duration in words; raises :class:`BadDuration`.

    Months keep the UTC day and time of day, clamped to the month's last day.
    """
    assert instant.tzinfo is not None, instant
    duration = parse_duration(text)
    at = instant.astimezone(UTC)
    try:
        day = add_months(at.date(), duration.months, anchor_day=at.day)
        return datetime.combine(day, at.timetz()) + timedelta(seconds=duration.seconds)
    except (ValueError, OverflowError) as out_of_range:
        raise BadDuration("the calendar ends in the year 9999") from out_of_range
