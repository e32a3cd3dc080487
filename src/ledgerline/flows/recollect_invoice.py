"""Claim an invoice again whose payment was taken back, with a new payment that collects it."""

from datetime import date, datetime, timedelta
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import PaymentId
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.entitlements import store as entitlements
from ledgerline.entitlements.rows import ProvenRow
from ledgerline.flows.lock_dispute import Disputed, Matter
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.flows.step_subscriptions import Move, step_subscriptions_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import AllocationSource, InvoiceEvent, InvoiceState
from ledgerline.invoicing.rows.documents import AllocationRow, InvoiceStepRow
from ledgerline.invoicing.rules.lifecycle import LIFECYCLE as INVOICE
from ledgerline.outbox.model import EventKind
from ledgerline.payments import disputing
from ledgerline.payments import store as payments
from ledgerline.payments.disputes import DisputeKind, DisputeReason
from ledgerline.payments.model import PaymentState
from ledgerline.payments.rows.disputes import DisputeRow
from ledgerline.payments.rows.payments import NewPaymentRow
from ledgerline.payments.rules.advice import DEFAULTS
from ledgerline.payments.rules.disputing import category_of
from ledgerline.payments.rules.slots import morning_from
from ledgerline.subscriptions.model import SubscriptionEvent, SubscriptionState

AGAIN_AFTER: Final = timedelta(days=2)  # by machine; its first refusal then lays a plan
MEND_FOR: Final = timedelta(days=21)  # by the payer alone
PURPOSE: Final = "recollect:"
CAUSE: Final = "dispute"
"""What subscriptions log as having moved them."""


async def may_recollect_in(tx: Tx, case: Disputed) -> bool:
    """Say whether what was taken back can be claimed again: service goes on, and it was paid.

    Nobody pays for service that is over, and an erased customer is asked for nothing.
    """
    if case.invoice.state != InvoiceState.PAID or case.subscription.ended_at is not None:
        return False
    [customer] = await customers.read_customers(
        tx, buckets=[case.invoice.bucket], ids=[case.invoice.customer_id]
    )
    return customer.erased_at is None


async def recollect_invoice_in(tx: Tx, run: Run, matter: Matter, *, amount_minor: int) -> None:
    """Reopen the invoice by what was taken back, and plan the payment that collects it.

    The payment that was taken back stays succeeded, and so does its attempt. Service goes on, as in
    grace, until the collection of the invoice ends. The new one is tried
    by machine only where the bank's reason allows it; its payer can pay at once either way. Called
    under the locks of ``lock_dispute``, with the transfers of the dispute.
    """
    case, dispute, now = matter.case, matter.dispute, matter.days.now
    invoice, on = case.invoice, matter.days.of(case.invoice.seller_code)
    await invoicing.add_allocations(tx, [_taken(dispute, amount_minor=-amount_minor, on=on)])
    await invoicing.step(
        tx,
        [
            InvoiceStepRow(
                bucket=invoice.bucket,
                id=invoice.id,
                state_before=invoice.state,
                state_event=InvoiceEvent.REOPENED,
                state=INVOICE.after(InvoiceState(invoice.state), InvoiceEvent.REOPENED),
                paid_at=None,
            )
        ],
    )
    await entitlements.doubt_covers(tx, ProvenRow(invoice.bucket, invoice.id))
    times = await disputing.count_recollections(tx, bucket=invoice.bucket, invoice_id=invoice.id)
    row = _payment(
        case, dispute, PaymentId(run.new_id(invoice.bucket)), amount_minor=amount_minor, now=now
    )
    await payments.add_payments(tx, [row._replace(purpose=f"{PURPOSE}{times + 1}")])
    event = NewEvent(
        bucket=invoice.bucket,
        aggregate_id=invoice.id,
        seq=invoice.event_seq + 1,
        kind=EventKind.INVOICE_REOPENED,
        customer_id=invoice.customer_id,
        occurred_at=now,
        body={"amount": amount_minor, "currency": invoice.currency},
    )
    await record_events_in(tx, run, [event])
    if case.subscription.state == SubscriptionState.ACTIVE:
        move = Move(
            case.subscription, SubscriptionEvent.PAYMENT_OVERDUE, case.subscription.next_bill_at
        )
        await step_subscriptions_in(tx, run, [move], cause=CAUSE, now=now)


def _taken(dispute: DisputeRow, *, amount_minor: int, on: date) -> AllocationRow:
    return AllocationRow(
        bucket=dispute.bucket,
        invoice_id=dispute.invoice_id,
        source_kind=AllocationSource.DISPUTE,
        source_id=dispute.id,
        amount_minor=amount_minor,
        effective_on=on,
    )


def _payment(
    case: Disputed, dispute: DisputeRow, id: PaymentId, *, amount_minor: int, now: datetime
) -> NewPaymentRow:
    taken, held = case.payment, case.subscription
    category = category_of(DisputeKind(dispute.kind), DisputeReason(dispute.reason))
    by_machine = DEFAULTS[category].allows_machine
    first = now + (AGAIN_AFTER if by_machine else MEND_FOR)
    return NewPaymentRow(
        bucket=taken.bucket,
        id=id,
        invoice_id=taken.invoice_id,
        purpose=PURPOSE,
        customer_id=taken.customer_id,
        subscription_id=taken.subscription_id,
        payment_method_id=held.payment_method_id or taken.payment_method_id,
        seller_code=taken.seller_code,
        currency=taken.currency,
        amount_minor=amount_minor,
        state=PaymentState.PROCESSING,
        state_before="-",
        state_event="created",
        captured_minor=0,
        refunded_minor=0,
        refunding_minor=0,
        tries=0,
        technical_tries=0,
        own_failures=0,
        awaits_payer=not by_machine,
        next_try_at=morning_from(first, held.zone, spread=id.int & 0xFFFF),
        event_seq=0,
        created_at=now,
    )
