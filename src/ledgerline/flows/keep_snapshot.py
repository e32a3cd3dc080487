"""Keep what the model of routing knows after a tick."""

from typing import Final

from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.payments import learning
from ledgerline.payments.rows.learning import SnapshotRow

KEPT_TICKS: Final = 4_320
"""Thirty days: so long a decision can be replayed from the state that it names."""


@repeated
async def keep_snapshot(run: Run, *, tick: int, upto: int, body: str) -> None:
    """Keep what a model knew after a tick; the same tick twice is one.

    Called by the process that holds a model. Those of more than
    thirty days ago are forgotten: a decision of then can be replayed no more.
    """
    async with run.transaction() as tx:
        await learning.add_snapshot(tx, SnapshotRow(tick, upto, body, run.now()))
        await learning.drop_snapshots(tx, before=tick - KEPT_TICKS)
