"""Let a subscription be paid by another method, and try at once what is open."""

from ledgerline.base.ids import PaymentMethodId, SubscriptionId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.mend_payment import method_in
from ledgerline.flows.refuse_erased import refuse_erased_in
from ledgerline.payments import payer, plans
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import SubscriptionEnded, SubscriptionNotFound


@repeated
async def use_payment_method(
    run: Run,
    subscription_id: SubscriptionId,
    *,
    method_id: PaymentMethodId,
    command: Command | None = None,
) -> None:
    """Charge a subscription by a method of its customer from now on.

    What was refused before, or waits for its payer, is due at once: the next batch of
    ``collect_due`` tries it. A try that is under way goes on by the method it began with. With a
    ``command`` a repeat changes nothing. Raises ``SubscriptionNotFound``, ``SubscriptionEnded``,
    ``PaymentMethodNotFound``, ``PspAccountNotFound`` and ``CustomerErased``.
    """
    bucket = bucket_of(subscription_id)
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(
                tx, bucket=bucket, command=command, subject_id=subscription_id
            )
            if held is not None:
                return
        found = await subscriptions.lock_subscriptions(tx, buckets=[bucket], ids=[subscription_id])
        if not found:
            raise SubscriptionNotFound("there is no such subscription")
        [subscription] = found
        await refuse_erased_in(tx, subscription.customer_id)
        if subscription.ended_at is not None:
            raise SubscriptionEnded("the subscription has ended: nothing is charged any more")
        await method_in(tx, method_id, customer_id=subscription.customer_id)
        now = run.now()
        await payer.use_method(
            tx, bucket=bucket, subscription_id=subscription_id, payment_method_id=method_id, now=now
        )
        await plans.ask_now(tx, bucket=bucket, subscription_id=subscription_id, now=now)
        await subscriptions.set_payment_method(
            tx, bucket=bucket, id=subscription_id, payment_method_id=method_id
        )
