"""How far back to look for what still lasts: keys by month are never read over an open range."""

from datetime import date
from typing import Final

from ledgerline.base.calendar import Cadence, Unit, months

TRIAL_DAYS_MAX: Final = 366
_ZONE_DAYS: Final = 2  # what is issued is dated by the seller, what is served by the customer


def lasting_months(cadence_count: int, cadence_unit: str, *, on: date) -> list[int]:
    """List the months in which what lasts on a day can have begun or been issued, newest first.

    The longest thing is one period of the cadence, or a trial. Months are counted as
    :func:`ledgerline.base.calendar.month_of` does.
    """
    longest = max(Cadence(cadence_count, Unit(cadence_unit)).days_max, TRIAL_DAYS_MAX)
    first = max(on.toordinal() - longest - _ZONE_DAYS, 1)
    return months(date.fromordinal(first), date.fromordinal(on.toordinal() + _ZONE_DAYS))
