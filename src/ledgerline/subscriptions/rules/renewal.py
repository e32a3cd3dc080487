"""What the end of a period means."""

from datetime import date, datetime

from ledgerline.base.calendar import Grid, start_of
from ledgerline.subscriptions.model import Decision, End, Renew, Wait


def at_period_end(
    grid: Grid, *, billed_through: date, ends_on: date | None, zone: str, now: datetime
) -> Decision:
    """Decide what happens where billed time ends.

    The next period is the one of the grid that begins at ``billed_through``; it is counted from
    the anchor, so a short February does not move March.
    """
    due = start_of(billed_through, zone)
    if now < due:
        return Wait(until=due)
    if ends_on is not None and ends_on <= billed_through:
        return End(on=ends_on)
    return Renew(period=grid.period(grid.index_of(billed_through)), grid=grid)
