"""When within a day, and on which day, a machine tries again."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ledgerline.base.calendar import local_date

OPENS_AT: Final = time(9)  # local time of the payer
QUARTER_HOURS: Final = 8  # 09:00 to 10:45
PAYDAY_DAYS_MAX: Final = 3  # how far a try waits for money
_FRIDAY: Final = 4
_ONE: Final = timedelta(days=1)


def morning(day: date, zone: str, *, spread: int) -> datetime:
    """Return the instant of a day's try, between 09:00 and 11:00 in ``zone``.

    ``spread`` is a whole number ≥ 0 drawn from the payment's id that picks the quarter hour, so
    that a batch does not return as one burst.
    """
    return moment(day, OPENS_AT, zone, spread=spread)


def moment(day: date, opens_at: time, zone: str, *, spread: int) -> datetime:
    """Return the instant of a day's try in the two hours from a local time on."""
    opening = datetime.combine(day, opens_at, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return opening + timedelta(minutes=15 * (spread % QUARTER_HOURS))


def morning_from(instant: datetime, zone: str, *, spread: int) -> datetime:
    """Return the first such instant that is not before ``instant``."""
    day = local_date(instant, zone)
    found = morning(day, zone, spread=spread)
    return found if found >= instant else morning(day + _ONE, zone, spread=spread)


def is_payday(day: date, paydays: Sequence[str]) -> bool:
    """Say whether wages usually come on a day: ``1`` to ``28``, ``month_end`` or ``friday``."""
    ends = (day + _ONE).month != day.month
    return (
        str(day.day) in paydays
        or (ends and "month_end" in paydays)
        or (day.weekday() == _FRIDAY and "friday" in paydays)
    )


def payday_from(day: date, paydays: Sequence[str]) -> date | None:
    """Return the next payday from ``day`` on; None where it is more than three days away."""
    for later in range(PAYDAY_DAYS_MAX + 1):
        if is_payday(day + later * _ONE, paydays):
            return day + later * _ONE
    return None
