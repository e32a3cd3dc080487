"""Read how far models may decide, what they know, and where they were not believed."""

from collections.abc import Sequence
from typing import NamedTuple

from ledgerline.base.run import Run
from ledgerline.flows.switch_model import RETRY, ROUTING
from ledgerline.payments import learning
from ledgerline.payments.rows.learning import FaultRow, LoadedRow, RouterRow, SwitchRow


class Models(NamedTuple):
    """The switches that hold, what models know, and the newest faults.

    ``router`` is where the counting of outcomes stands, ``timing`` the table that was loaded last.
    """

    switches: Sequence[SwitchRow]
    router: RouterRow | None
    timing: LoadedRow | None
    faults: Sequence[FaultRow]


async def read_models(run: Run) -> Models:
    """Read all of it; called by ``ledgerline ml show``."""
    async with run.transaction() as tx:
        return Models(
            switches=[
                row
                for kind in (ROUTING, RETRY)
                for row in await learning.read_switches(tx, kind=kind)
            ],
            router=await learning.read_router(tx),
            timing=await learning.read_loaded(tx),
            faults=[
                row
                for kind in (ROUTING, RETRY)
                for row in await learning.read_faults(tx, kind=kind)
            ],
        )
