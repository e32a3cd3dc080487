"""Call a saved filter otherwise."""

from uuid import UUID

from ledgerline.access import store as access
from ledgerline.access.model import FilterNotFound
from ledgerline.access.rules.filters import require_name
from ledgerline.base.run import Run
from ledgerline.flows.audit_act import audit_act_in
from ledgerline.flows.save_filter import Saving, act_of


async def rename_filter(run: Run, id: UUID, name: str, saving: Saving) -> None:
    """Call a filter otherwise. Raises ``FilterNotFound``, ``FilterRefused``, ``AlreadyDone``."""
    written = require_name(name)
    async with run.transaction() as tx:
        if not await access.rename_filter(tx, id=id, person_id=saving.person_id, name=written):
            raise FilterNotFound("you have no such filter")
        await audit_act_in(tx, run, act_of("filter_renamed", id, saving), key=saving.key)
