"""Resume billing that somebody paused."""

from typing import Final
from uuid import UUID

from ledgerline.access.model import Act
from ledgerline.base.ids import bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.audit_act import audit_act_in
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.invoicing import pausing
from ledgerline.invoicing.model import BillingNotPaused
from ledgerline.invoicing.rows.pausing import ResumedRow

ACT: Final = "billing_resumed"


@repeated
async def resume_billing(
    run: Run, pause_id: UUID, *, by: str, route: str, command: Command | None = None
) -> None:
    """End a pause: runs bill what fell due meanwhile, each period once, from the next batch on.

    With the same ``command`` a repeat changes nothing. Raises ``BillingNotPaused`` where another
    pause holds or none.
    """
    async with run.transaction() as tx:
        await pausing.hold_billing(tx)
        if command is not None and await claim_key_in(
            tx, bucket=bucket_of(pause_id), command=command, subject_id=pause_id
        ):
            return
        row = ResumedRow(id=pause_id, resumed_by=by, resumed_at=run.now())
        if not await pausing.end_pause(tx, row):
            raise BillingNotPaused("billing is not paused, or by another pause")
        if command is None:
            act = Act(actor=by, name=ACT, route=route, kind="billing_pause", object_id=pause_id)
            await audit_act_in(tx, run, act)
