"""Make a refund, as money or as credit, that somebody else proposed."""

from uuid import UUID

from ledgerline.base import cards
from ledgerline.base.db import Tx
from ledgerline.base.ids import CreditNoteId, RefundId, RefundProposalId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.give_credit import credit_allowed_in
from ledgerline.flows.refuse_above_limit import refuse_above_limit_in
from ledgerline.flows.request_refund import (
    Allowed,
    RefundOrder,
    allowed_in,
    reserve_refund_in,
)
from ledgerline.flows.send_refund import send_refund
from ledgerline.payments import refund_proposals
from ledgerline.payments.model import Psps, SentRefund
from ledgerline.payments.refusals import RefundProposalNotFound, RefundProposalNotOpen
from ledgerline.payments.rows.refund_proposals import EndedRefundProposalRow, RefundProposalRow
from ledgerline.payments.rules.evidence import require_other
from ledgerline.payments.rules.refund_proposals import (
    REFUND_PROPOSAL,
    Gives,
    RefundProposalEvent,
    RefundProposalState,
    require_open,
)


async def approve_refund(
    run: Run, psps: Psps, proposal_id: RefundProposalId, *, by: str, command: Command | None = None
) -> RefundId | CreditNoteId:
    """Commit the refund with the end of its proposal, then send it, as any refund.

    Where credit was proposed it is given, as any gift, and nothing is sent. What may go back is
    computed anew. With the same ``command`` a repeat finds what the first made.
    Raises ``RefundProposalNotFound``, ``RefundProposalNotOpen``, ``SelfApproval``, ``AboveLimit``
    for whoever may not answer for as much, ``CardNumberRefused``, and what ``request_refund``
    raises.
    """
    cards.refuse_cards([by])
    made_id = run.new_id(bucket_of(proposal_id))
    begun = await _begin(run, psps, proposal_id, made_id, by=by, command=command)
    if isinstance(begun, SentRefund):
        await send_refund(run, psps, begun)
        return begun.refund_id
    return begun


@repeated
async def _begin(
    run: Run,
    psps: Psps,
    proposal_id: RefundProposalId,
    made_id: UUID,
    *,
    by: str,
    command: Command | None,
) -> SentRefund | RefundId | CreditNoteId:
    bucket, now = bucket_of(proposal_id), run.now()
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=made_id)
            if held is not None:
                assert held.subject_id is not None, held.key
                return RefundId(held.subject_id)
        found, allowed = await _allowed_in(tx, run, proposal_id, by=by)
        await refuse_above_limit_in(tx, command, [allowed.returned], is_chosen=False)
        refund_id, note_id, sent = None, None, None
        if found.gives == Gives.CREDIT:
            note_id = CreditNoteId(made_id)
            await credit_allowed_in(tx, run, allowed, note_id)
        else:
            refund_id = RefundId(made_id)
            sent = await reserve_refund_in(tx, psps, allowed, refund_id, now=now)
        event = RefundProposalEvent.APPROVED
        row = EndedRefundProposalRow(
            bucket=bucket,
            id=found.id,
            state_event=event,
            state=REFUND_PROPOSAL.after(RefundProposalState.PROPOSED, event),
            ended_by=by,
            ended_at=now,
            refund_id=refund_id,
            credit_note_id=note_id,
        )
        if not await refund_proposals.end_refund_proposal(tx, row):
            raise RefundProposalNotOpen("somebody was faster")
        return sent or CreditNoteId(made_id)


async def check_approval(run: Run, proposal_id: RefundProposalId, *, by: str) -> Allowed:
    """Return what an approval would give back, or raise what forbids it. Writes nothing."""
    async with run.transaction() as tx:
        _, allowed = await _allowed_in(tx, run, proposal_id, by=by)
    return allowed


async def _allowed_in(
    tx: Tx, run: Run, proposal_id: RefundProposalId, *, by: str
) -> tuple[RefundProposalRow, Allowed]:
    found = await refund_proposals.find_refund_proposal(
        tx, bucket=bucket_of(proposal_id), id=proposal_id
    )
    if found is None:
        raise RefundProposalNotFound("there is no such proposal")
    require_open(found.state, found.expires_at, now=run.now())
    require_other(found.proposed_by, by)
    order = RefundOrder(found.payment_id, found.amount_minor, found.reason)
    return found, await allowed_in(tx, order, now=run.now())
