"""Cancel a subscription, now or at the end of its period."""

from datetime import date, datetime

from ledgerline.base.calendar import local_date
from ledgerline.base.db import Tx
from ledgerline.base.ids import CreditNoteId, SubscriptionId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.abandon_invoices import abandon_invoices_in
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.credit_lines import Crediting, billed, credit_lines_in
from ledgerline.flows.end_covers import end_covers_in
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.flows.step_subscriptions import Move, step_subscriptions_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import CreditReason, InvoiceState
from ledgerline.invoicing.rows import BilledLineRow, InvoiceRow
from ledgerline.outbox.model import EventKind
from ledgerline.payments import store as payments
from ledgerline.payments.model import PaymentEvent, PaymentInProgress, PaymentState
from ledgerline.payments.rows.payments import PaymentRow, PaymentStepRow
from ledgerline.payments.rules.lifecycle import PAYMENT
from ledgerline.pricing.rules.credit import unused
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import (
    ChangeRefused,
    LogKind,
    NothingToChange,
    SubscriptionEvent,
    SubscriptionNotFound,
    SubscriptionParked,
    SubscriptionState,
    Timing,
)
from ledgerline.subscriptions.rows import LogRow, ScheduleRow, SubscriptionRow
from ledgerline.subscriptions.rules.reach import lasting_months

CANCELABLE = frozenset(
    {SubscriptionState.TRIALING, SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE}
)


@repeated
async def cancel_subscription(
    run: Run, subscription_id: SubscriptionId, *, timing: Timing, command: Command | None = None
) -> None:
    """Cancel; a repeat with the same ``command`` changes nothing.

    ``NOW`` ends service at once and credits the unused days to the customer's balance (an unpaid
    invoice is written off instead); ``PERIOD_END`` lets the paid period run out. Raises
    ``SubscriptionNotFound``, ``ChangeRefused``, ``NothingToChange`` and ``PaymentInProgress``.
    """
    now = run.now()
    bucket = bucket_of(subscription_id)
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(
                tx, run, bucket=bucket, command=command, subject_id=subscription_id
            )
            if held is not None:
                return
        row = await lock_changeable_in(tx, subscription_id)
        if timing is Timing.PERIOD_END:
            await _schedule(tx, run, row, now=now)
        else:
            await _end_now(tx, run, row, now=now)


async def lock_changeable_in(tx: Tx, subscription_id: SubscriptionId) -> SubscriptionRow:
    """Lock a subscription that may be changed; raises what forbids it."""
    found = await subscriptions.lock_subscriptions(
        tx, buckets=[bucket_of(subscription_id)], ids=[subscription_id]
    )
    if not found:
        raise SubscriptionNotFound("there is no such subscription", id=str(subscription_id))
    if found[0].state not in CANCELABLE:
        raise ChangeRefused("the subscription is not running", state=found[0].state)
    if found[0].parked is not None:
        raise SubscriptionParked("a billing run parked it", reason=found[0].parked)
    return found[0]


async def _schedule(tx: Tx, run: Run, row: SubscriptionRow, *, now: datetime) -> None:
    if row.ends_on is not None:
        raise NothingToChange("the subscription ends already", ends_on=row.ends_on.isoformat())
    await subscriptions.schedule(
        tx,
        ScheduleRow(
            bucket=row.bucket,
            id=row.id,
            version=row.version,
            ends_on=row.billed_through,
            pending_plan_code=None,
            pending_price_id=None,
        ),
    )
    await subscriptions.append_log(
        tx,
        [
            LogRow(
                bucket=row.bucket,
                subscription_id=row.id,
                seq=row.log_seq + 1,
                kind=LogKind.CANCEL_SCHEDULED,
                effective=row.billed_through,
                entitled_at=now,
                recorded_at=now,
                actor="customer",
                command_key=f"cancel:{row.log_seq + 1}",
                body="{}",
            )
        ],
    )
    await record_events_in(
        tx,
        run,
        [
            NewEvent(
                bucket=row.bucket,
                aggregate_id=row.id,
                seq=row.event_seq + 1,
                kind=EventKind.SUBSCRIPTION_CANCEL_SCHEDULED,
                customer_id=row.customer_id,
                occurred_at=now,
                body={"ends_on": row.billed_through.isoformat()},
            )
        ],
    )


async def _end_now(tx: Tx, run: Run, row: SubscriptionRow, *, now: datetime) -> None:
    today = local_date(now, row.zone)
    pairs = await lock_invoices_of_in(tx, row, after=today)
    unpaid = [invoice for invoice, _ in pairs if invoice.state == InvoiceState.OPEN]
    if unpaid:
        await withdraw_payments_in(tx, run, unpaid, now=now)
        await abandon_invoices_in(
            tx, run, [(invoice, row) for invoice in unpaid], now=now, reason=CreditReason.CANCELED
        )
        return
    creditings = []
    for invoice, line in pairs:
        reserved = await reserved_in(tx, invoice)
        credit = unused(billed(line, reserved_minor=reserved), cut=today)
        if credit is not None:
            creditings.append(
                Crediting(
                    note_id=CreditNoteId(run.new_id(row.bucket)),
                    invoice=invoice,
                    line=line,
                    credit=credit,
                    reason=CreditReason.CANCELED,
                    open_minor=0,
                )
            )
    move = Move(row, SubscriptionEvent.CANCELED, next_bill_at=None, ended_at=now)
    await step_subscriptions_in(tx, run, [move], cause="customer", now=now)
    await end_covers_in(tx, [row], now=now)
    await credit_lines_in(tx, run, creditings, now=now)


async def lock_invoices_of_in(
    tx: Tx, row: SubscriptionRow, *, after: date
) -> list[tuple[InvoiceRow, BilledLineRow]]:
    """Lock the invoices of the lines that reach beyond a date; one pair a line.

    The lines are read once to know what to lock and again under the locks: a refund that ended
    meanwhile has credited a part of them. The subscription's lock keeps new lines away.
    """
    found = await _read_lines(tx, row, after=after)
    ids = sorted({line.invoice_id for line in found})
    held = await invoicing.lock_invoices(tx, buckets=[row.bucket] * len(ids), ids=ids)
    by_id = {invoice.id: invoice for invoice in held}
    lines = await _read_lines(tx, row, after=after)
    return [(by_id[line.invoice_id], line) for line in lines]


async def _read_lines(tx: Tx, row: SubscriptionRow, *, after: date) -> list[BilledLineRow]:
    return await invoicing.read_lines_of_item(
        tx,
        bucket=row.bucket,
        customer_id=row.customer_id,
        item_id=row.item_id,
        months=lasting_months(row.cadence_count, row.cadence_unit, on=after),
        after=after,
    )


async def reserved_in(tx: Tx, invoice: InvoiceRow) -> int:
    """Return what refunds under way have reserved of an invoice."""
    held = await payments.lock_payments_of_invoice(tx, bucket=invoice.bucket, invoice_id=invoice.id)
    return sum(payment.refunding_minor for payment in held)


async def withdraw_payments_in(
    tx: Tx, run: Run, unpaid: list[InvoiceRow], *, now: datetime
) -> None:
    """Close the payments of invoices that are given up; raises ``PaymentInProgress``."""
    withdrawn = []
    for invoice in unpaid:
        for payment in await payments.lock_payments_of_invoice(
            tx, bucket=invoice.bucket, invoice_id=invoice.id
        ):
            if payment.state != PaymentState.PROCESSING:
                continue
            if payment.next_try_at is None:
                raise PaymentInProgress("an attempt may still succeed", payment=str(payment.id))
            withdrawn.append(payment)
    await payments.step_payments(tx, [_withdrawn(payment) for payment in withdrawn])
    await record_events_in(
        tx,
        run,
        [
            NewEvent(
                bucket=payment.bucket,
                aggregate_id=payment.id,
                seq=payment.event_seq + 1,
                kind=EventKind.PAYMENT_CANCELED,
                customer_id=payment.customer_id,
                occurred_at=now,
            )
            for payment in withdrawn
        ],
    )


def _withdrawn(payment: PaymentRow) -> PaymentStepRow:
    event = PaymentEvent.CANCELED
    return PaymentStepRow(
        bucket=payment.bucket,
        id=payment.id,
        state_before=payment.state,
        state_event=event,
        state=PAYMENT.after(PaymentState(payment.state), event),
        captured_minor=0,
        next_try_at=None,
        technical_tries=payment.technical_tries,
        settled_attempt_id=None,
        receipt_id=None,
    )
