"""Withdraw the payments of subscriptions that ended: nobody pays for service that is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.base.ids import PaymentId, instant_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.abandon_invoices import ENDED, abandon_invoices_in, cleared_in
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.flows.step_subscriptions import step_subscriptions_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import InvoiceState
from ledgerline.invoicing.rows.documents import InvoiceRow
from ledgerline.outbox.model import EventKind
from ledgerline.payments import store as payments
from ledgerline.payments.model import PaymentEvent, PaymentState
from ledgerline.payments.refusals import PaymentInProgress
from ledgerline.payments.rows.payments import DuePaymentRow, PaymentRow, PaymentStepRow
from ledgerline.payments.rules.lifecycle import PAYMENT
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.rows import EasedRow


@dataclass(frozen=True, slots=True)
class Over:
    """When collection eased some subscriptions: what was claimed before is collected no more."""

    eased: Sequence[EasedRow]

    def of(self, due: Sequence[DuePaymentRow | PaymentRow]) -> frozenset[PaymentId]:
        """Name the payments whose period is over, though their subscription goes on or rests."""
        since = {row.id: row.eased_at for row in self.eased}
        return frozenset(
            row.id
            for row in due
            if (at := since.get(row.subscription_id)) is not None
            and instant_of(row.id) < at.timestamp() * 1000
        )


async def ask_over_in(tx: Tx, due: Sequence[DuePaymentRow | PaymentRow]) -> Over:
    """Ask, in the caller's pipeline, which payments are over, whether they were tried or not.

    One that waits for its notice or a limit may never have been tried when another ends it.
    """
    return Over(
        await subscriptions.read_eased(
            tx, buckets=[row.bucket for row in due], ids=[row.subscription_id for row in due]
        )
    )


@repeated
async def withdraw_payments(run: Run, due: Sequence[DuePaymentRow]) -> int:
    """Close due payments whose subscription ended, and write their invoices off with a credit note.

    The same is done to what was claimed of a subscription before the end of collection paused it or
    moved it to a free plan, which then goes on.

    Called by ``collect_due`` before it would charge them: a subscription may have a second open
    invoice when it is given up or canceled. Safe to repeat: what is closed is passed over. Raises
    ``PaymentInProgress`` when somebody else began to charge meanwhile; the next round finds out.
    """
    now = run.now()
    async with run.transaction() as tx:
        of_subscription = {one.subscription_id: one.bucket for one in due}
        rows = {
            row.id: row
            for row in await subscriptions.lock_subscriptions(
                tx, buckets=list(of_subscription.values()), ids=list(of_subscription)
            )
        }
        over = (await ask_over_in(tx, due)).of(due)
        eased = {one.invoice_id for one in due if one.id in over}
        held = await invoicing.lock_invoices(
            tx, buckets=[one.bucket for one in due], ids=[one.invoice_id for one in due]
        )
        unpaid = [
            invoice
            for invoice in held
            if invoice.state == InvoiceState.OPEN
            and (invoice.id in eased or rows[invoice.subscription_id].state in ENDED)
        ]
        await withdraw_payments_in(tx, run, unpaid, now=now)
        pairs = [(invoice, rows[invoice.subscription_id]) for invoice in unpaid]
        ended = [pair for pair in pairs if pair[1].state in ENDED]
        others = [pair for pair in pairs if pair[1].state not in ENDED]
        done = await abandon_invoices_in(tx, run, ended, now=now)
        if others:
            done += await abandon_invoices_in(tx, run, others, now=now, ends=False)
            moves = await cleared_in(tx, list({row.id: row for _, row in others}.values()))
            await step_subscriptions_in(tx, run, moves, cause="collection", now=now)
        return done


async def live_payments_in(tx: Tx, unpaid: Sequence[InvoiceRow]) -> list[PaymentRow]:
    """Lock the payments that still collect some invoices; raises ``PaymentInProgress``.

    An attempt that may still succeed must not be given up: first its fate must be known.
    """
    live = []
    for invoice in unpaid:
        for payment in await payments.lock_payments_of_invoice(
            tx, bucket=invoice.bucket, invoice_id=invoice.id
        ):
            if payment.state != PaymentState.PROCESSING:
                continue
            if payment.next_try_at is None:
                raise PaymentInProgress("an attempt may still succeed", payment=str(payment.id))
            live.append(payment)
    return live


async def withdraw_payments_in(
    tx: Tx, run: Run, unpaid: Sequence[InvoiceRow], *, now: datetime
) -> None:
    """Close the payments of invoices that are given up; raises ``PaymentInProgress``."""
    await cancel_payments_in(tx, run, await live_payments_in(tx, unpaid), now=now)


async def cancel_payments_in(
    tx: Tx, run: Run, withdrawn: Sequence[PaymentRow], *, now: datetime
) -> None:
    """Close payments that are locked: nobody collects them any more."""
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
        awaits_payer=False,
        technical_tries=payment.technical_tries,
        own_failures=payment.own_failures,
        settled_attempt_id=None,
        receipt_id=None,
    )
