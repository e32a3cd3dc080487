"""Read whether billing is paused."""

from ledgerline.base.run import Run
from ledgerline.invoicing import pausing
from ledgerline.invoicing.rows.pausing import PauseRow


async def read_billing_pause(run: Run) -> PauseRow | None:
    """Read the pause that holds; None where runs bill."""
    async with run.transaction() as tx:
        found = await pausing.open_pause(tx)
    return found[0] if found else None
