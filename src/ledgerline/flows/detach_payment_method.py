"""Detach a payment method: it is charged no more, and what it paid keeps its last digits."""

from ledgerline.access import store as access
from ledgerline.access.model import GlobalKind
from ledgerline.access.rules.global_key import global_key
from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, CustomerId, PaymentMethodId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.payments import defaults, payer
from ledgerline.payments import store as payments
from ledgerline.payments.refusals import PaymentMethodInUse, PaymentMethodNotFound
from ledgerline.subscriptions import store as subscriptions


@repeated
async def detach_payment_method(
    run: Run, method_id: PaymentMethodId, *, command: Command | None = None
) -> None:
    """Forget a method's tokens and what is known of its card; they may be stored anew.

    Raises ``PaymentMethodNotFound``, also for one that is detached already, and
    ``PaymentMethodInUse`` while a live subscription or an open payment is charged by it, or while
    it is the customer's default and another could be: that is named. With a ``command`` a repeat
    changes nothing.
    """
    bucket = bucket_of(method_id)
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=method_id)
            if held is not None:
                return
        known = await payments.read_payment_methods(tx, buckets=[bucket], ids=[method_id])
        if not known:
            raise PaymentMethodNotFound("there is no such payment method")
        customer_id = known[0].customer_id
        # Whoever buys with it holds the customer as well: nothing begins to rest on it meanwhile.
        await customers.lock_customers(tx, buckets=[bucket], ids=[customer_id])
        found = await payments.read_payment_methods(tx, buckets=[bucket], ids=[method_id])
        if not found:
            raise PaymentMethodNotFound("there is no such payment method")
        await _refuse_used(tx, bucket, customer_id, method_id)
        await _give_up_default(tx, bucket, customer_id, method_id)
        tokens = [
            global_key(
                GlobalKind.PAYMENT_TOKEN, one.psp_account, one.psp_token, bucket=bucket,
                owner_id=customer_id,
            )
            for one in await payer.read_tokens(tx, bucket=bucket, payment_method_id=method_id)
        ]  # fmt: skip
        await payer.detach_instruments(tx, bucket=bucket, payment_method_id=method_id)
        await access.delete_global_keys(tx, tokens)


async def _refuse_used(
    tx: Tx, bucket: Bucket, customer_id: CustomerId, method_id: PaymentMethodId
) -> None:
    for live in await subscriptions.read_live(tx, bucket=bucket, customer_id=customer_id):
        if live.payment_method_id == method_id:
            raise PaymentMethodInUse(
                "a subscription is charged by it: give that another method first",
                subscription=str(live.id),
            )
    for open_one in await payer.read_method_use(tx, bucket=bucket, payment_method_id=method_id):
        raise PaymentMethodInUse(
            "a payment is collected by it: pay that by another method first",
            payment=str(open_one.payment_id),
        )


async def _give_up_default(
    tx: Tx, bucket: Bucket, customer_id: CustomerId, method_id: PaymentMethodId
) -> None:
    """Refuse to detach the default while another method could be it; the last one just goes."""
    default = await defaults.read_default(tx, bucket=bucket, customer_id=customer_id)
    if default is None or default.payment_method_id != method_id:
        return
    other = await defaults.read_other_method(
        tx, bucket=bucket, customer_id=customer_id, but=method_id
    )
    if other is not None:
        raise PaymentMethodInUse(
            "it is what the customer is charged by unless something else is named: make another"
            " method that first",
            payment_method=str(other.payment_method_id),
        )
    await defaults.forget_default(tx, bucket=bucket, customer_id=customer_id)
