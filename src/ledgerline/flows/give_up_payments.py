"""Give up payments that their payers did not mend in time."""

from collections.abc import Sequence
from datetime import datetime

from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.await_others import require_no_others_in
from ledgerline.flows.end_collection import Unpaid, end_collection_in
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import InvoiceState
from ledgerline.outbox.model import EventKind
from ledgerline.payments import store as payments
from ledgerline.payments.model import PaymentEvent, PaymentState
from ledgerline.payments.rows.payments import DuePaymentRow, PaymentRow, PaymentStepRow
from ledgerline.payments.rules.lifecycle import PAYMENT
from ledgerline.subscriptions import store as subscriptions


@repeated
async def give_up_payments(run: Run, due: Sequence[DuePaymentRow]) -> int:
    """Close payments that waited for their payer, and end collection as their policy says.

    Called by ``collect_due``. Safe to repeat: under the locks, taken from the top, what was mended
    or ended meanwhile is passed over. Raises ``PaymentInProgress`` while another claim of one of
    the subscriptions is being paid: service that this pays for must not be cut before it is known.
    """
    now = run.now()
    async with run.transaction() as tx:
        held = await subscriptions.lock_subscriptions(
            tx, buckets=[one.bucket for one in due], ids=[one.subscription_id for one in due]
        )
        rows = {row.id: row for row in held}
        invoices = {
            row.id: row
            for row in await invoicing.lock_invoices(
                tx, buckets=[one.bucket for one in due], ids=[one.invoice_id for one in due]
            )
            if row.state == InvoiceState.OPEN
        }
        locked = await payments.lock_payments(
            tx, buckets=[one.bucket for one in due], ids=[one.id for one in due]
        )
        over = [
            row
            for row in locked
            if row.awaits_payer
            and row.invoice_id in invoices
            and row.next_try_at is not None
            and row.next_try_at <= now
        ]
        await require_no_others_in(tx, over)
        await payments.step_payments(tx, [_given_up(row) for row in over])
        await record_events_in(tx, run, [_failed(row, now=now) for row in over])
        unpaid = [
            Unpaid(invoices[row.invoice_id], rows[row.subscription_id], row.id) for row in over
        ]
        return await end_collection_in(tx, run, unpaid, now=now)


def _failed(row: PaymentRow, *, now: datetime) -> NewEvent:
    return NewEvent(
        bucket=row.bucket,
        aggregate_id=row.id,
        seq=row.event_seq + 1,
        kind=EventKind.PAYMENT_FAILED,
        customer_id=row.customer_id,
        occurred_at=now,
    )


def _given_up(row: PaymentRow) -> PaymentStepRow:
    event = PaymentEvent.GIVEN_UP
    return PaymentStepRow(
        bucket=row.bucket,
        id=row.id,
        state_before=row.state,
        state_event=event,
        state=PAYMENT.after(PaymentState(row.state), event),
        captured_minor=0,
        next_try_at=None,
        awaits_payer=False,
        technical_tries=row.technical_tries,
        own_failures=row.own_failures,
        settled_attempt_id=None,
        receipt_id=None,
    )
