"""Pause billing: no run bills until somebody resumes it."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ledgerline.access.model import Act
from ledgerline.base import cards
from ledgerline.base.ids import bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.audit_act import audit_act_in
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.invoicing import pausing
from ledgerline.invoicing.model import BillingPaused
from ledgerline.invoicing.rows.pausing import NewPauseRow

ACT: Final = "billing_paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingPause:
    """Who pauses billing and why; ``route`` is how they asked, for the audit log."""

    id: UUID
    by: str
    reason: str
    route: str


@repeated
async def pause_billing(run: Run, pause: BillingPause, *, command: Command | None = None) -> None:
    """Let no run bill any more, in whatever process.

    A batch that is on its way is waited for: once this returns, nothing is billed. What was billed
    is collected as ever, and purchases and changes go on; whoever's period ends meanwhile has no
    cover until they are billed. With the same ``command`` a repeat
    changes nothing. Raises ``BillingPaused`` where it is paused already, ``CardNumberRefused``, and
    ``TryAgain`` where batches keep it waiting for five times eight seconds.
    """
    cards.refuse_cards([pause.by, pause.reason])
    async with run.transaction() as tx:
        held = await pausing.hold_billing(tx)
        if command is not None and await claim_key_in(
            tx, bucket=bucket_of(pause.id), command=command, subject_id=pause.id
        ):
            return
        if held:
            raise BillingPaused(f"billing is paused already, by {held[0].paused_by}")
        row = NewPauseRow(id=pause.id, paused_by=pause.by, reason=pause.reason, paused_at=run.now())
        await pausing.begin_pause(tx, row)
        if command is None:
            act = Act(
                actor=pause.by, name=ACT, route=pause.route, kind="billing_pause",
                object_id=pause.id,
            )  # fmt: skip
            await audit_act_in(tx, run, act)
