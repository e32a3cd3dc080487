"""Read how the upkeep of the data sets goes: the last runs, who is at it, and what is closed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from ledgerline.base.run import Run
from ledgerline.releases import store
from ledgerline.releases.rows import LAKE, LeaseRow, OutcomeRow

SHOWN = 5


class Upkeep(NamedTuple):
    """Who works on the lake now, the last good run, and the newest ones, the last one first."""

    now: datetime
    lease: LeaseRow | None
    good: OutcomeRow | None
    newest: Sequence[OutcomeRow]

    @property
    def lag(self) -> timedelta | None:
        """How old what the release says is, at most; None before the first good run."""
        return None if self.good is None else self.now - self.good.began_at

    @property
    def next_at(self) -> datetime | None:
        """When the next run is due; None when nobody said."""
        return next((one.next_at for one in self.newest if one.next_at is not None), None)


async def read_upkeep(run: Run) -> Upkeep:
    """Read it."""
    async with run.surveying() as read:
        return Upkeep(
            run.wall(),
            await store.read_lease(read, name=LAKE),
            await store.read_last_good(read),
            await store.read_outcomes(read, limit=SHOWN),
        )
