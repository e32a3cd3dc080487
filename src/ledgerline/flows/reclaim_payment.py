"""Let a payment that was taken back pay its invoice again: the bank gave the money back."""

from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.base.run import Run
from ledgerline.entitlements import store as entitlements
from ledgerline.entitlements.rows import ProvenRow
from ledgerline.flows.lock_dispute import Disputed, Matter
from ledgerline.flows.recollect_invoice import CAUSE
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.flows.step_subscriptions import Move, step_subscriptions_in
from ledgerline.flows.withdraw_payments import cancel_payments_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import AllocationSource, InvoiceEvent, InvoiceState
from ledgerline.invoicing.rows.documents import AllocationRow, InvoiceStepRow
from ledgerline.invoicing.rules.lifecycle import LIFECYCLE as INVOICE
from ledgerline.outbox.model import EventKind
from ledgerline.payments import store as payments
from ledgerline.payments.model import PaymentState
from ledgerline.subscriptions.model import SubscriptionEvent, SubscriptionState


async def reclaim_payment_in(tx: Tx, run: Run, matter: Matter) -> bool:
    """Settle the reopened invoice with what came back, and stop collecting it; False if it cannot.

    It cannot where the invoice was paid anew, written off or lowered meanwhile, or while a try to
    collect it is under way: then the money belongs to nothing, and people decide.
    """
    case, dispute, now = matter.case, matter.dispute, matter.days.now
    invoice, amount_minor = case.invoice, dispute.reopened_minor
    allocated = await invoicing.read_allocated(
        tx, buckets=[invoice.bucket], invoice_ids=[invoice.id]
    )
    open_minor = invoice.total_minor - sum(one.amount_minor for one in allocated)
    again = [one for one in case.others if one.state == PaymentState.PROCESSING]
    is_tried = any(one.next_try_at is None for one in again)
    if invoice.state != InvoiceState.OPEN or open_minor != amount_minor or is_tried:
        return False
    await cancel_payments_in(tx, run, again, now=now)
    row = AllocationRow(
        bucket=invoice.bucket,
        invoice_id=invoice.id,
        source_kind=AllocationSource.DISPUTE,
        source_id=dispute.id,
        amount_minor=amount_minor,
        effective_on=matter.days.of(invoice.seller_code),
    )
    await invoicing.add_allocations(tx, [row])
    step = InvoiceStepRow(
        bucket=invoice.bucket,
        id=invoice.id,
        state_before=invoice.state,
        state_event=InvoiceEvent.SETTLED,
        state=INVOICE.after(InvoiceState(invoice.state), InvoiceEvent.SETTLED),
        paid_at=now,
    )
    await invoicing.step(tx, [step])
    await entitlements.prove_covers(tx, [ProvenRow(invoice.bucket, invoice.id)])
    event = NewEvent(
        bucket=invoice.bucket,
        aggregate_id=invoice.id,
        seq=invoice.event_seq + 1,
        kind=EventKind.INVOICE_PAID,
        customer_id=invoice.customer_id,
        occurred_at=now,
    )
    await record_events_in(tx, run, [event])
    await _settle(tx, run, case, now=now)
    return True


async def _settle(tx: Tx, run: Run, case: Disputed, *, now: datetime) -> None:
    """Let the subscription be active again, if nothing else of it is late."""
    held = case.subscription
    if held.state != SubscriptionState.PAST_DUE:
        return
    owing = await payments.read_owing(tx, buckets=[held.bucket], subscription_ids=[held.id])
    if not owing:
        move = Move(held, SubscriptionEvent.PAYMENT_SETTLED, held.next_bill_at)
        await step_subscriptions_in(tx, run, [move], cause=CAUSE, now=now)
