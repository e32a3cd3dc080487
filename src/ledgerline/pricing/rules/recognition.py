"""Revenue is earned by days of service; the months of a line always sum to what was kept of it."""

from datetime import date

from ledgerline.base.calendar import Period
from ledgerline.pricing.rules.credit import earned_until


def earned(net_minor: int, service: Period, *, month: Period, booked_on: date) -> int:
    """Return what a line earns in ``month``, in minor units; with minus, what a credit takes back.

    After ``d`` days a line has earned ``⌊net × d / days⌋``; a month earns the difference of its two
    ends. A line booked in this month also earns what earlier months would have (it catches up). Of
    a credit only the part counts that was deferred when it was booked, over the days from then to
    the end of its span: ``net_minor`` is that part with minus and ``service`` those days. Source:
    ASC 606 / IFRS 15, straight-line by day.
    """
    until = earned_until(net_minor, service, month.end)
    return until - (earned_until(net_minor, service, month.start) if booked_on < month.start else 0)
