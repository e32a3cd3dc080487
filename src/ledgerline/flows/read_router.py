"""Read what models of routing learn from."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.log import logger
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.flows.switch_model import ROUTING, switch_of
from ledgerline.payments import learning
from ledgerline.payments.rows.learning import (
    DeltaRow,
    RouterRow,
    ShareRow,
    SnapshotRow,
)
from ledgerline.payments.rules.artefacts import digest
from ledgerline.payments.rules.learned import any_asks
from ledgerline.payments.scores import Switch

HOUR_TICKS: Final = 6
_log: Final = logger(__name__)


class Read(NamedTuple):
    """How far a process has read: a fence, and the tick in which was counted then."""

    upto: int
    tick: int


class Learnt(NamedTuple):
    """What is new since a fence: outcomes in order, how the last hour was shared, and switches.

    ``snapshot`` is where a process that knows nothing begins. ``switches`` are by market.
    """

    router: RouterRow
    snapshot: SnapshotRow | None
    deltas: Sequence[DeltaRow]
    shares: Sequence[ShareRow]
    switches: Mapping[str, Switch]


@repeated
async def read_router(run: Run, *, since: Read | None) -> Learnt | None:
    """Read what was counted after ``since``, or where to begin.

    None where no seller lets a model be asked, and before anything is counted. Called by the
    process that holds a model, every few seconds. Counting is one transaction after the other, so
    nothing can appear below a fence that was read.
    """
    async with run.transaction() as tx:
        switches = await _switches_in(tx)
        router = await learning.read_router(tx)
        if router is None or not any_asks(switches.values()):
            return None
        snapshot = await _snapshot_in(tx) if since is None else None
        begin = since or Read(0, 1)
        if snapshot is not None:
            begin = Read(snapshot.upto, snapshot.tick)
        return Learnt(
            router=router,
            snapshot=snapshot,
            deltas=await learning.read_deltas(
                tx, tick=begin.tick, since=begin.upto, upto=router.upto
            ),
            shares=await learning.read_shares(tx, since=router.tick - HOUR_TICKS, upto=router.tick),
            switches=switches,
        )


async def _snapshot_in(tx: Tx) -> SnapshotRow | None:
    """Read the newest snapshot; one that is not as it was written is none: counts are read anew."""
    snapshot = await learning.read_snapshot(tx)
    if snapshot is not None and digest(snapshot.body) != snapshot.sha256:
        _log.error("a snapshot is not as it was written", tick=snapshot.tick)
        return None
    return snapshot


async def _switches_in(tx: Tx) -> dict[str, Switch]:
    """Read the switches of all sellers, by market."""
    switches = {
        row.seller_code: switch_of(row) for row in await learning.read_switches(tx, kind=ROUTING)
    }
    return {
        row.code: switches[row.seller_code]
        for row in await catalog.read_markets(tx)
        if row.seller_code in switches
    }
