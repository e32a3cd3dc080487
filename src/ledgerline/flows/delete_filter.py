"""Forget a saved filter."""

from uuid import UUID

from ledgerline.access import store as access
from ledgerline.access.model import FilterNotFound
from ledgerline.base.run import Run
from ledgerline.flows.audit_act import audit_act_in
from ledgerline.flows.save_filter import Saving, act_of


async def delete_filter(run: Run, id: UUID, saving: Saving) -> None:
    """Forget a filter, also for those it was shared with. Raises ``FilterNotFound``."""
    async with run.transaction() as tx:
        if not await access.delete_filter(tx, id=id, person_id=saving.person_id):
            raise FilterNotFound("you have no such filter")
        await audit_act_in(tx, run, act_of("filter_deleted", id, saving), key=saving.key)
