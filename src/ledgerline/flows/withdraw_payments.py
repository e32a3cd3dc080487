"""Withdraw the payments of subscriptions that ended: nobody pays for service that is over."""

from collections.abc import Sequence

from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.abandon_invoices import ENDED, abandon_invoices_in
from ledgerline.flows.cancel_subscription import withdraw_payments_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import InvoiceState
from ledgerline.payments.rows.payments import DuePaymentRow
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import SubscriptionState


@repeated
async def withdraw_payments(run: Run, due: Sequence[DuePaymentRow]) -> int:
    """Close due payments whose subscription ended, and write their invoices off with a credit note.

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
            if SubscriptionState(row.state) in ENDED
        }
        held = await invoicing.lock_invoices(
            tx, buckets=[one.bucket for one in due], ids=[one.invoice_id for one in due]
        )
        unpaid = [
            invoice
            for invoice in held
            if invoice.state == InvoiceState.OPEN and invoice.subscription_id in rows
        ]
        await withdraw_payments_in(tx, run, unpaid, now=now)
        return await abandon_invoices_in(
            tx, run, [(invoice, rows[invoice.subscription_id]) for invoice in unpaid], now=now
        )
