"""Say what a customer is charged by unless something else is named, and try what is open."""

from collections.abc import Sequence
from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.base.ids import CustomerId, PaymentMethodId, SubscriptionId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.customers.model import CustomerNotFound
from ledgerline.customers.rules.erasure import refuse_erased
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.mend_payment import method_in
from ledgerline.payments import defaults, payer, plans
from ledgerline.payments.rows.instruments import DefaultRow
from ledgerline.subscriptions import store as subscriptions


@repeated
async def set_default_method(
    run: Run,
    customer_id: CustomerId,
    *,
    method_id: PaymentMethodId,
    every: bool = False,
    command: Command | None = None,
) -> list[SubscriptionId]:
    """Let a method be the customer's default; return the subscriptions that it pays from now on.

    Those that were charged by the default before follow it, with ``every`` all that are live: what
    they owe is due at once, as by ``use_payment_method``. Those charged by another stay with it.
    With the same ``command`` a repeat changes nothing and returns none. Raises
    ``CustomerNotFound``, ``CustomerErased``, ``PaymentMethodNotFound`` and ``PspAccountNotFound``.
    """
    bucket, now = bucket_of(customer_id), run.now()
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=customer_id)
            if held is not None:
                return []
        await _lock(tx, customer_id)
        return await set_default_method_in(
            tx, customer_id, method_id=method_id, every=every, now=now
        )


async def set_default_method_in(
    tx: Tx,
    customer_id: CustomerId,
    *,
    method_id: PaymentMethodId,
    every: bool = False,
    now: datetime,
) -> list[SubscriptionId]:
    """Do the same in the transaction of a caller who has locked the customer."""
    following = await _follow(tx, customer_id, method_id=method_id, every=every)
    await defaults.put_default(tx, DefaultRow(bucket_of(customer_id), customer_id, method_id))
    await _use(tx, following, method_id=method_id, now=now)
    return following


@repeated
async def preview_default_method(
    run: Run, customer_id: CustomerId, *, method_id: PaymentMethodId, every: bool = False
) -> list[SubscriptionId]:
    """Say which subscriptions it would pay from now on, or raise what forbids it."""
    async with run.transaction() as tx:
        await _lock(tx, customer_id)
        return await _follow(tx, customer_id, method_id=method_id, every=every)


async def _lock(tx: Tx, customer_id: CustomerId) -> None:
    found = await customers.lock_customers(tx, buckets=[bucket_of(customer_id)], ids=[customer_id])
    if not found:
        raise CustomerNotFound("there is no such customer", customer=str(customer_id))
    refuse_erased(found[0])


async def _follow(
    tx: Tx, customer_id: CustomerId, *, method_id: PaymentMethodId, every: bool
) -> list[SubscriptionId]:
    """Name the subscriptions that follow, in the order of their locks."""
    bucket = bucket_of(customer_id)
    await method_in(tx, method_id, customer_id=customer_id)
    was = await defaults.read_default(tx, bucket=bucket, customer_id=customer_id)
    before = None if was is None else was.payment_method_id
    live = await subscriptions.read_live(tx, bucket=bucket, customer_id=customer_id)
    return sorted(one.id for one in live if every or one.payment_method_id == before)


async def _use(
    tx: Tx, ids: Sequence[SubscriptionId], *, method_id: PaymentMethodId, now: datetime
) -> None:
    held = await subscriptions.lock_subscriptions(
        tx, buckets=[bucket_of(id) for id in ids], ids=list(ids)
    )
    for one in held:
        if one.ended_at is None:
            await payer.use_method(
                tx, bucket=one.bucket, subscription_id=one.id, payment_method_id=method_id, now=now
            )
            await plans.ask_now(tx, bucket=one.bucket, subscription_id=one.id, now=now)
            await subscriptions.set_payment_method(
                tx, bucket=one.bucket, id=one.id, payment_method_id=method_id
            )
