"""Withdraw a refund that somebody proposed."""

from ledgerline.base import cards
from ledgerline.base.ids import RefundProposalId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.payments import refund_proposals
from ledgerline.payments.refusals import RefundProposalNotFound, RefundProposalNotOpen
from ledgerline.payments.rows.refund_proposals import EndedRefundProposalRow
from ledgerline.payments.rules.refund_proposals import (
    REFUND_PROPOSAL,
    RefundProposalEvent,
    RefundProposalState,
)


@repeated
async def withdraw_refund(
    run: Run, proposal_id: RefundProposalId, *, by: str, command: Command | None = None
) -> None:
    """Take a proposed refund back, whoever proposed it; it stays on record and nothing moves.

    With the same ``command`` a repeat changes nothing. Raises ``RefundProposalNotFound``,
    ``RefundProposalNotOpen`` and ``CardNumberRefused``.
    """
    cards.refuse_cards([by])
    bucket, event = bucket_of(proposal_id), RefundProposalEvent.WITHDRAWN
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=proposal_id)
            if held is not None:
                return
        found = await refund_proposals.find_refund_proposal(tx, bucket=bucket, id=proposal_id)
        if found is None:
            raise RefundProposalNotFound("there is no such proposal")
        row = EndedRefundProposalRow(
            bucket=bucket,
            id=proposal_id,
            state_event=event,
            state=REFUND_PROPOSAL.after(RefundProposalState.PROPOSED, event),
            ended_by=by,
            ended_at=run.now(),
            refund_id=None,
            credit_note_id=None,
        )
        if not await refund_proposals.end_refund_proposal(tx, row):
            raise RefundProposalNotOpen(f"the proposed refund is {found.state}", state=found.state)
