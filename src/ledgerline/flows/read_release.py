"""Read which intervals and releases there are, and the current release."""

from collections.abc import Sequence
from typing import NamedTuple

from ledgerline.base.run import Run
from ledgerline.releases import store
from ledgerline.releases.refusals import NothingReleased
from ledgerline.releases.rows import CloseRow, IntervalRow, ReleaseRow


class Published(NamedTuple):
    """All intervals in order, the newest releases, the current one first, and all closes."""

    intervals: Sequence[IntervalRow]
    releases: Sequence[ReleaseRow]
    closes: Sequence[CloseRow]

    @property
    def current(self) -> ReleaseRow:
        """The release that is read; raises ``NothingReleased``."""
        if not self.releases:
            raise NothingReleased("nothing has been released yet: ledgerline data run")
        return self.releases[0]


async def read_release(run: Run, *, limit: int = 10) -> Published:
    """Read what was exported and released."""
    async with run.surveying() as read:
        return Published(
            await store.read_intervals(read),
            await store.read_releases(read, limit=limit),
            await store.read_closes(read),
        )
