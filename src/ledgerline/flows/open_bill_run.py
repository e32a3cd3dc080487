"""Begin a billing run, so that what it does can be counted and explained."""

from ledgerline.base.ids import BillRunId
from ledgerline.base.run import Run
from ledgerline.invoicing import store as invoicing


async def open_bill_run(run: Run, *, bill_run_id: BillRunId) -> None:
    """Record a run at the present instant; repeating it keeps the first record."""
    async with run.transaction() as tx:
        await invoicing.open_run(tx, id=bill_run_id, as_of=run.now())
