"""Propose a refund, as money or as credit, that gives back more than whoever asks may alone."""

from ledgerline.base import cards
from ledgerline.base.ids import RefundProposalId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.request_refund import RefundOrder, allowed_in
from ledgerline.payments import refund_proposals
from ledgerline.payments.rows.refund_proposals import NewRefundProposalRow
from ledgerline.payments.rules.refund_proposals import LASTS, REFUND_PROPOSAL, Gives


@repeated
async def propose_refund(
    run: Run,
    order: RefundOrder,
    *,
    by: str,
    gives: Gives = Gives.MONEY,
    command: Command | None = None,
) -> RefundProposalId:
    """Record a refund that could be made now; nothing moves until a second person approves it.

    ``gives`` says what the amount becomes then. What was proposed of the payment and is too old
    lapses. With the same ``command`` a repeat finds the first. Raises what ``request_refund``
    raises but for limits, ``RefundProposed`` and ``CardNumberRefused``.
    """
    cards.refuse_cards([order.reason, by])
    bucket, now = bucket_of(order.payment_id), run.now()
    proposal_id = RefundProposalId(run.new_id(bucket))
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=proposal_id)
            if held is not None:
                assert held.subject_id is not None, held.key
                return RefundProposalId(held.subject_id)
        allowed = await allowed_in(tx, order, now=now)
        await refund_proposals.lapse_refund_proposal(
            tx, bucket=bucket, payment_id=order.payment_id, now=now
        )
        await refund_proposals.add_refund_proposal(
            tx,
            NewRefundProposalRow(
                bucket=bucket,
                id=proposal_id,
                payment_id=order.payment_id,
                gives=gives,
                currency=allowed.payment.currency,
                amount_minor=allowed.amount_minor,
                reason=order.reason,
                state=REFUND_PROPOSAL.initial,
                state_before="-",
                state_event="created",
                proposed_by=by,
                proposed_at=now,
                expires_at=now + LASTS,
            ),
        )
    return proposal_id
