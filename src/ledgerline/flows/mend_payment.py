"""Mend a payment that was refused: another means to pay, and a try at once."""

from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.base.ids import CustomerId, PaymentId, PaymentMethodId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.invoicing import store as invoicing
from ledgerline.payments import plans, routes
from ledgerline.payments import store as payments
from ledgerline.payments.model import PaymentState
from ledgerline.payments.refusals import PaymentMethodNotFound, PaymentNotFound, PaymentNotMendable
from ledgerline.payments.rows.payments import MendRow, PaymentMethodRow, PaymentRow
from ledgerline.payments.rules.accounts import require_chargeable
from ledgerline.subscriptions import store as subscriptions


@repeated
async def mend_payment(run: Run, payment_id: PaymentId, *, method_id: PaymentMethodId) -> None:
    """Let another method of the customer pay what a subscription owes, now and from now on.

    Its other open payments follow: one that waited for its payer is due at once as well. Called by
    ``ledgerline collect mend``. Nothing is charged here: the next batch of ``collect_due`` tries
    it. Raises ``PaymentNotFound``, ``PaymentMethodNotFound``, ``PspAccountNotFound`` and
    ``PaymentNotMendable``.
    """
    bucket = bucket_of(payment_id)
    async with run.transaction() as tx:
        owner = await payments.find_invoice(tx, bucket=bucket, id=payment_id)
        if owner is None:
            raise PaymentNotFound("there is no such payment", payment=str(payment_id))
        [held] = await subscriptions.lock_subscriptions(
            tx, buckets=[bucket], ids=[owner.subscription_id]
        )
        await invoicing.lock_invoices(tx, buckets=[bucket], ids=[owner.invoice_id])
        [payment] = await payments.lock_payments(tx, buckets=[bucket], ids=[payment_id])
        await method_in(tx, method_id, customer_id=payment.customer_id)
        is_due = payment.state == PaymentState.PROCESSING and payment.next_try_at is not None
        if not is_due or held.ended_at is not None:
            raise PaymentNotMendable(
                "nothing is to be mended", payment=payment.state, subscription=held.state
            )
        await mend_in(tx, payment, method_id=method_id, now=run.now())


async def method_in(
    tx: Tx, method_id: PaymentMethodId, *, customer_id: CustomerId
) -> PaymentMethodRow:
    """Find a method of the customer that may be charged.

    Raises ``PaymentMethodNotFound`` and ``PspAccountNotFound``.
    """
    bucket = bucket_of(method_id)
    methods = await payments.read_payment_methods(tx, buckets=[bucket], ids=[method_id])
    if not any(one.customer_id == customer_id for one in methods):
        raise PaymentMethodNotFound(
            "the customer has no such payment method", payment_method=str(method_id)
        )
    require_chargeable(await routes.read_instruments(tx, buckets=[bucket], ids=[method_id]))
    return methods[0]


async def mend_in(
    tx: Tx, payment: PaymentRow, *, method_id: PaymentMethodId, now: datetime
) -> None:
    """Let a method pay what a subscription owes and what comes next, under the locks of both.

    The plans of what is due now note that the payer asks for a try.
    """
    await payments.mend_payments(
        tx,
        MendRow(
            bucket=payment.bucket,
            id=payment.id,
            subscription_id=payment.subscription_id,
            payment_method_id=method_id,
            next_try_at=now,
        ),
    )
    await plans.ask_now(tx, bucket=payment.bucket, subscription_id=payment.subscription_id, now=now)
    await subscriptions.set_payment_method(
        tx, bucket=payment.bucket, id=payment.subscription_id, payment_method_id=method_id
    )
