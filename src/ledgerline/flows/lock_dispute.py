"""Lock what a dispute may change, from the top: subscription, invoice, payments, then disputes."""

from dataclasses import dataclass

from ledgerline.base.db import Tx
from ledgerline.base.ids import PaymentId
from ledgerline.flows.read_book_days import BookDays
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.rows.documents import InvoiceRow
from ledgerline.payments import disputing
from ledgerline.payments import store as payments
from ledgerline.payments.rows.attempts import AttemptRow
from ledgerline.payments.rows.disputes import DisputeRow, ToldOfRow
from ledgerline.payments.rows.payments import PaymentRow
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.rows import SubscriptionRow


@dataclass(frozen=True, slots=True)
class Disputed:
    """A disputed charge with what it belongs to, all under lock.

    ``has_paid`` says that the payment has the money of this very attempt. ``others`` are further
    payments of the invoice that are live or have succeeded.
    """

    subscription: SubscriptionRow
    invoice: InvoiceRow
    payment: PaymentRow
    others: tuple[PaymentRow, ...]
    attempt: AttemptRow
    has_paid: bool
    disputes: tuple[DisputeRow, ...]


@dataclass(frozen=True, slots=True)
class Matter:
    """One dispute of a charge, under lock, and the days of the books."""

    case: Disputed
    dispute: DisputeRow
    days: BookDays


async def lock_dispute_in(tx: Tx, of: ToldOfRow) -> Disputed:
    """Lock everything that a dispute of a charge may change, and read its disputes."""
    buckets = [of.bucket]
    [subscription] = await subscriptions.lock_subscriptions(
        tx, buckets=buckets, ids=[of.subscription_id]
    )
    [invoice] = await invoicing.lock_invoices(tx, buckets=buckets, ids=[of.invoice_id])
    held: dict[PaymentId, PaymentRow] = {
        row.id: row
        for row in await payments.lock_payments_of_invoice(
            tx, bucket=of.bucket, invoice_id=of.invoice_id
        )
    }
    if of.payment_id not in held:  # it was given up, and its money came all the same
        [row] = await payments.lock_payments(tx, buckets=buckets, ids=[of.payment_id])
        held[row.id] = row
    [attempt] = await payments.lock_attempts(tx, buckets=buckets, ids=[of.id])
    found = await disputing.lock_disputes(tx, bucket=of.bucket, payment_id=of.payment_id)
    paying = await disputing.read_paying(tx, bucket=of.bucket, payment_id=of.payment_id)
    return Disputed(
        subscription=subscription,
        invoice=invoice,
        payment=held.pop(of.payment_id),
        others=tuple(held.values()),
        attempt=attempt,
        has_paid=attempt.id in paying,
        disputes=tuple(found),
    )
