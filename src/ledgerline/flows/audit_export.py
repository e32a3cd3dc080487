"""Write down that somebody took a file of what is kept here."""

from ledgerline.access.model import Act
from ledgerline.base.run import Run
from ledgerline.flows.audit_act import audit_act_in


async def audit_export(run: Run, act: Act) -> None:
    """Write it down; whoever hands the file out does it afterwards, and not without."""
    async with run.transaction() as tx:
        await audit_act_in(tx, run, act)
