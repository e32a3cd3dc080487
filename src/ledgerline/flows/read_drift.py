"""Read whether decisions are still of the kind that models were made for."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.base.run import Run
from ledgerline.payments import learning
from ledgerline.payments.rules.drift import REFERENCE, Drift, drifts, recent_since
from ledgerline.payments.scores import Kind


async def read_drift(run: Run) -> Mapping[Kind, Sequence[Drift]]:
    """Read how far each feature moved, by kind of model: the last days against those before."""
    async with run.transaction() as tx:
        return {kind: await read_drift_in(tx, kind, now=run.now()) for kind in Kind}


async def read_drift_in(tx: Tx, kind: Kind, *, now: datetime) -> Sequence[Drift]:
    """Read how far each feature of a kind moved, in the transaction of the caller."""
    since = recent_since(now)
    rows = await learning.read_features(
        tx, kind=kind.value, since=since, reference=since - REFERENCE
    )
    return drifts(rows)
