"""Keep what the model of routing knows after a tick."""

from typing import Final

from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.payments import learning
from ledgerline.payments.rows.learning import SnapshotRow
from ledgerline.payments.rules.artefacts import digest

KEPT_TICKS: Final = 4_320
"""Thirty days: so long a decision can be replayed from the state that it names."""


@repeated
async def keep_snapshot(run: Run, *, tick: int, upto: int, body: str, code_version: str) -> None:
    """Keep what a model knew after a tick; the same tick twice is one.

    Called by the process that holds a model. Those of more than
    thirty days ago are forgotten: a decision of then can be replayed no more.
    """
    async with run.transaction() as tx:
        row = SnapshotRow(
            tick=tick,
            upto=upto,
            body=body,
            taken_at=run.now(),
            sha256=digest(body),
            code_version=code_version,
        )
        await learning.add_snapshot(tx, row)
        await learning.drop_snapshots(tx, before=tick - KEPT_TICKS)
