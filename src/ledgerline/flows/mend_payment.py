"""Mend a payment that was refused: another means to pay, and a try at once."""

from ledgerline.base.ids import PaymentId, PaymentMethodId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.invoicing import store as invoicing
from ledgerline.payments import store as payments
from ledgerline.payments.model import (
    PaymentMethodNotFound,
    PaymentNotFound,
    PaymentNotMendable,
    PaymentState,
)
from ledgerline.payments.rows.payments import MendRow
from ledgerline.subscriptions import store as subscriptions


@repeated
async def mend_payment(run: Run, payment_id: PaymentId, *, method_id: PaymentMethodId) -> None:
    """Let a due payment be charged to another method of its customer, now and from now on.

    Called by ``ledgerline collect mend``. Nothing is charged here: the payment is due at once, and
    the next batch of ``collect_due`` tries it. Raises ``PaymentNotFound``,
    ``PaymentMethodNotFound`` and ``PaymentNotMendable``.
    """
    bucket = bucket_of(payment_id)
    async with run.transaction() as tx:
        owner = await payments.find_invoice(tx, bucket=bucket, id=payment_id)
        if owner is None:
            raise PaymentNotFound("there is no such payment", payment=str(payment_id))
        await subscriptions.lock_subscriptions(tx, buckets=[bucket], ids=[owner.subscription_id])
        methods = await payments.read_payment_methods(tx, buckets=[bucket], ids=[method_id])
        await invoicing.lock_invoices(tx, buckets=[bucket], ids=[owner.invoice_id])
        [payment] = await payments.lock_payments(tx, buckets=[bucket], ids=[payment_id])
        if not any(one.customer_id == payment.customer_id for one in methods):
            raise PaymentMethodNotFound(
                "the customer has no such payment method", payment_method=str(method_id)
            )
        if payment.state != PaymentState.PROCESSING or payment.next_try_at is None:
            raise PaymentNotMendable("nothing is to be mended", state=payment.state)
        await payments.mend_payment(tx, MendRow(bucket, payment_id, method_id, run.now()))
        await subscriptions.set_payment_method(
            tx, bucket=bucket, id=payment.subscription_id, payment_method_id=method_id
        )
