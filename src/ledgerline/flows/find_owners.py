"""Find out what attempts belong to."""

from collections.abc import Sequence
from typing import NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, Bucket, InvoiceId, PaymentId, SubscriptionId
from ledgerline.flows.apply_change import promised_invoices
from ledgerline.payments import store as payments
from ledgerline.subscriptions import store as subscriptions


class Belongs(NamedTuple):
    """What an attempt belongs to; it never changes, so whoever made the attempt may say it.

    ``promised`` are the invoices that a change gives something back of once it is paid.
    """

    payment_id: PaymentId
    invoice_id: InvoiceId
    subscription_id: SubscriptionId
    promised: tuple[InvoiceId, ...] = ()


async def find_owners_in(
    tx: Tx, attempts: Sequence[tuple[Bucket, AttemptId]]
) -> dict[AttemptId, Belongs]:
    """Look up what some attempts belong to, unlocked, to know what to lock; ours are found."""
    if not attempts:
        return {}
    found = await payments.find_attempts(
        tx, buckets=[bucket for bucket, _ in attempts], ids=[id for _, id in attempts]
    )
    pending = {
        row.invoice_id: promised_invoices(row)
        for row in await subscriptions.read_pending_changes(
            tx, buckets=[row.bucket for row in found], ids=[row.subscription_id for row in found]
        )
    }
    return {
        row.id: Belongs(
            row.payment_id, row.invoice_id, row.subscription_id, pending.get(row.invoice_id, ())
        )
        for row in found
    }
