"""Let disputes have late money that they took back before it was known to have come."""

from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.run import Run
from ledgerline.flows.book_dispute import read_policy_in
from ledgerline.flows.lock_dispute import Disputed, Matter
from ledgerline.flows.lock_late_money import LateMoney
from ledgerline.flows.offset_credit import offset_credit_in
from ledgerline.flows.read_book_days import BookDays
from ledgerline.flows.recollect_invoice import may_recollect_in, recollect_invoice_in
from ledgerline.flows.shift_disputes import shift_over_in
from ledgerline.invoicing.model import InvoiceEvent, InvoiceState
from ledgerline.ledger.model import Purpose
from ledgerline.payments import disputing
from ledgerline.payments.disputes import DisputeKind, WhenLost
from ledgerline.payments.rows.disputes import DisputeRow
from ledgerline.payments.rules.disputing import LOST
from ledgerline.subscriptions import store as subscriptions

_TOLD: Final = 1  # of the invoice: that it was paid


async def apply_waiting_disputes_in(tx: Tx, run: Run, late: LateMoney, *, days: BookDays) -> None:
    """Take what has just paid an invoice back where its charge is disputed, or was lost.

    Called by ``take_late_money`` under its locks, once the payment has the money. What is lost is
    borne or claimed again as the policy of its kind says, as if it had been told now.
    """
    if not late.waiting:
        return
    await _take(tx, run, late, await _paid_case(tx, late), days=days)
    invoice = late.invoice
    await offset_credit_in(tx, bucket=invoice.bucket, invoice_id=invoice.id, days=days)


async def _take(tx: Tx, run: Run, late: LateMoney, case: Disputed, *, days: BookDays) -> None:
    for dispute in late.waiting:
        claims = await _claims(tx, case, dispute)
        room = await disputing.read_room(tx, bucket=dispute.bucket, id=dispute.payment_id)
        assert room is not None, dispute
        minor = await shift_over_in(
            tx,
            [dispute],
            room_minor=room.room_minor,
            days=days,
            lost_as=Purpose.DISPUTE_REOPEN if claims else Purpose.DISPUTE_LOSS,
        )
        if claims and minor:
            await recollect_invoice_in(tx, run, Matter(case, dispute, days), amount_minor=minor)
            return  # the others have no room any more that an invoice could be claimed for


async def _paid_case(tx: Tx, late: LateMoney) -> Disputed:
    """Return what is disputed as it is now that its invoice is paid; all of it is locked."""
    held = late.subscription
    [subscription] = await subscriptions.read_subscriptions(
        tx, buckets=[held.bucket], ids=[held.id]
    )
    return Disputed(
        subscription=subscription,
        invoice=late.invoice._replace(
            state=InvoiceState.PAID,
            state_event=InvoiceEvent.SETTLED,
            event_seq=late.invoice.event_seq + _TOLD,
        ),
        payment=late.payment,
        others=(),
        attempt=late.attempt,
        has_paid=True,
        disputes=late.disputes,
    )


async def _claims(tx: Tx, case: Disputed, dispute: DisputeRow) -> bool:
    if dispute.state not in LOST:
        return False
    policy = await read_policy_in(tx, DisputeKind(dispute.kind))
    return policy is WhenLost.RECOLLECT and await may_recollect_in(tx, case)
