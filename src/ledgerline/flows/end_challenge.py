"""End the challenge of a change that was given up: its payer is asked nothing any more."""

from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.base.ids import InvoiceId
from ledgerline.base.run import Run
from ledgerline.flows.abandon_invoices import abandon_invoices_in
from ledgerline.flows.withdraw_payments import cancel_payments_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import InvoiceState
from ledgerline.payments import payer
from ledgerline.payments import store as payments
from ledgerline.payments.model import AttemptState, PaymentState
from ledgerline.subscriptions.rows import SubscriptionRow


async def end_challenge_in(
    tx: Tx, run: Run, subscription: SubscriptionRow, invoice_id: InvoiceId, *, now: datetime
) -> bool:
    """Void the invoice of a withdrawn change whose payer is asked to act; True where one was.

    Called by a cancellation that holds the subscription's lock. Nothing was executed yet, so the
    payment is given up, and the resolver ends the attempt at its provider at once. Who passes
    before that gets the money back (``decide_late_successes``). What is on its way is left alone:
    its end decides.
    """
    [invoice] = await invoicing.lock_invoices(tx, buckets=[subscription.bucket], ids=[invoice_id])
    held = await payments.lock_payments_of_invoice(
        tx, bucket=subscription.bucket, invoice_id=invoice_id
    )
    for payment in held:
        if invoice.state != InvoiceState.OPEN or payment.state != PaymentState.PROCESSING:
            continue
        live = await payments.find_live_attempt(tx, bucket=payment.bucket, payment_id=payment.id)
        if live is None:
            continue
        [attempt] = await payments.lock_attempts(tx, buckets=[live.bucket], ids=[live.id])
        if attempt.state == AttemptState.REQUIRES_ACTION:
            await payer.look_now(tx, bucket=attempt.bucket, id=attempt.id, now=now)
            await cancel_payments_in(tx, run, [payment], now=now)
            await abandon_invoices_in(tx, run, [(invoice, subscription)], now=now)
            return True
    return False
