"""Read how far models may decide, what they know, and where they were not believed."""

from collections.abc import Sequence
from typing import NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.run import Run
from ledgerline.flows.read_model_version import read_model_version_in
from ledgerline.payments import learning
from ledgerline.payments.rows.learning import FaultRow, LoadedRow, RouterRow, SwitchRow
from ledgerline.payments.rules.comparing import Compared, compared
from ledgerline.payments.scores import Kind


class Told(NamedTuple):
    """What a model decided under a switch that holds, beside what was held out."""

    kind: Kind
    seller_code: str
    both: Compared


class Models(NamedTuple):
    """The switches that hold, what models know, and the newest faults.

    ``router`` is where the counting of outcomes stands, ``timing`` the table that was loaded last.
    """

    switches: Sequence[SwitchRow]
    router: RouterRow | None
    timing: LoadedRow | None
    faults: Sequence[FaultRow]
    compared: Sequence[Told]

    def of(self, kind: Kind) -> tuple[tuple[SwitchRow, ...], tuple[FaultRow, ...]]:
        """Return the switches and the faults of one kind."""
        return (
            tuple(one for one in self.switches if one.kind == kind),
            tuple(one for one in self.faults if one.kind == kind),
        )


async def read_models(run: Run) -> Models:
    """Read all of it; called by ``ledgerline ml show``."""
    async with run.transaction() as tx:
        switches = [row for kind in Kind for row in await learning.read_switches(tx, kind=kind)]
        return Models(
            switches=switches,
            router=await learning.read_router(tx),
            timing=await learning.read_loaded(tx),
            faults=[row for kind in Kind for row in await learning.read_faults(tx, kind=kind)],
            compared=[await _told_in(tx, row) for row in switches if row.percent],
        )


async def _told_in(tx: Tx, row: SwitchRow) -> Told:
    kind = Kind(row.kind)
    version = await read_model_version_in(tx, kind)
    arms = await learning.read_arms(tx, kind=kind, seller_code=row.seller_code, no=row.no)
    return Told(kind, row.seller_code, compared(arms, version=-1 if version is None else version))
