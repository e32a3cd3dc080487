"""Read the release by which a month was closed."""

from datetime import date

from ledgerline.base.run import Run
from ledgerline.releases import store
from ledgerline.releases.refusals import MonthNotClosed
from ledgerline.releases.rows import ReleaseRow


async def read_closed_release(run: Run, *, month: date) -> ReleaseRow:
    """Return what ``month`` was closed by last; raises ``MonthNotClosed``."""
    async with run.surveying() as read:
        closes = [one for one in await store.read_closes(read) if one.month == month]
        if not closes:
            raise MonthNotClosed(
                f"nobody closed the tables of this month: ledgerline data close {month:%Y-%m}",
                month=f"{month:%Y-%m}",
            )
        found = await store.read_release(read, no=closes[-1].release_no)
    assert found is not None, closes[-1]
    return found
