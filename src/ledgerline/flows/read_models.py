"""Read how far models may decide, what they know, and where they were not believed."""

from collections.abc import Sequence
from typing import NamedTuple

from ledgerline.base.run import Run
from ledgerline.flows.switch_model import ROUTING
from ledgerline.payments import learning
from ledgerline.payments.rows.learning import FaultRow, RouterRow, SwitchRow


class Models(NamedTuple):
    """The switches that hold, where the counting of outcomes stands, and the newest faults."""

    switches: Sequence[SwitchRow]
    router: RouterRow | None
    faults: Sequence[FaultRow]


async def read_models(run: Run) -> Models:
    """Read all of it; called by ``ledgerline ml show``."""
    async with run.transaction() as tx:
        return Models(
            switches=await learning.read_switches(tx, kind=ROUTING),
            router=await learning.read_router(tx),
            faults=await learning.read_faults(tx, kind=ROUTING),
        )
