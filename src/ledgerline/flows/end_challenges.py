"""End the challenges of changes that were given up: payers are asked nothing any more."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.run import Run
from ledgerline.flows.abandon_invoices import abandon_invoices_in
from ledgerline.flows.withdraw_payments import cancel_payments_in
from ledgerline.invoicing.model import InvoiceState
from ledgerline.invoicing.rows.documents import InvoiceRow
from ledgerline.payments import payer
from ledgerline.payments import store as payments
from ledgerline.payments.model import AttemptState, PaymentState
from ledgerline.payments.rows.attempts import AttemptRow
from ledgerline.payments.rows.payments import PaymentRow
from ledgerline.subscriptions.rows import SubscriptionRow


class Asked(NamedTuple):
    """What a payer is asked to confirm: the invoice, its payment and the attempt at it."""

    invoice: InvoiceRow
    payment: PaymentRow
    attempt: AttemptRow


async def lock_asked_in(tx: Tx, invoices: Sequence[InvoiceRow]) -> list[Asked]:
    """Lock and return what payers of some locked, open invoices are asked to confirm.

    Apart from ``end_challenges_in``, since what a cancellation gives back locks what comes after
    attempts in the order of locks.
    """
    held = []
    for invoice in invoices:
        if invoice.state == InvoiceState.OPEN:
            found = await payments.lock_payments_of_invoice(
                tx, bucket=invoice.bucket, invoice_id=invoice.id
            )
            held += [(invoice, one) for one in found if one.state == PaymentState.PROCESSING]
    asked = []
    for invoice, payment in held:
        live = await payments.find_live_attempt(tx, bucket=payment.bucket, payment_id=payment.id)
        if live is None:
            continue
        [attempt] = await payments.lock_attempts(tx, buckets=[live.bucket], ids=[live.id])
        if attempt.state == AttemptState.REQUIRES_ACTION:
            asked.append(Asked(invoice, payment, attempt))
    return asked


async def end_challenges_in(
    tx: Tx, run: Run, subscription: SubscriptionRow, asked: Sequence[Asked], *, now: datetime
) -> None:
    """Void the invoices of withdrawn changes whose payer is asked to act.

    Called by a cancellation that holds the subscription's lock. Nothing was executed yet, so the
    payment is given up, and the resolver ends the attempt at its provider at once. Who passes
    before that gets the money back (``decide_late_successes``). What is on its way is left alone:
    its end decides.
    """
    for invoice, payment, attempt in asked:
        await payer.look_now(tx, bucket=attempt.bucket, id=attempt.id, now=now)
        await cancel_payments_in(tx, run, [payment], now=now)
        await abandon_invoices_in(tx, run, [(invoice, subscription)], now=now)
