"""Revenue is earned by days of service; the months of a line always sum to the line."""

from datetime import date

from ledgerline.base.calendar import Period


def earned(net_minor: int, service: Period, *, month: Period, booked_before: bool) -> int:
    """Return what a line (or, negative, a credit) earns in ``month``, in minor units.

    ``C(d) = sign × ⌊|net| × d / days⌋`` after ``d`` days; a month earns the difference of its two
    ends. A line booked in this month also earns what earlier months would have (catch-up):
    ``booked_before`` is False then. Source: ASC 606 / IFRS 15 straight-line by day.
    """
    until = _cumulated(net_minor, service, month.end)
    return until - (_cumulated(net_minor, service, month.start) if booked_before else 0)


def _cumulated(net_minor: int, service: Period, at: date) -> int:
    days = min(max((at - service.start).days, 0), service.days)
    magnitude = abs(net_minor) * days // service.days
    return magnitude if net_minor >= 0 else -magnitude
