"""Change what a checkout session is for before it is paid: its coupon, or an add-on."""

from ledgerline.base.ids import CheckoutId, SubscriptionId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.customers.rules.erasure import refuse_erased
from ledgerline.flows.quote_purchase import quote_in
from ledgerline.flows.refuse_closed import refuse_closed_in
from ledgerline.purchases import store as purchases
from ledgerline.rules.checkout import Revision, order_of, revised, written
from ledgerline.subscriptions import store as subscriptions


@repeated
async def revise_checkout(run: Run, session_id: CheckoutId, revision: Revision) -> None:
    """Keep the order as its buyer wants it, once it has a price; nothing is charged.

    Called by the checkout page. Under the lock of the session, as a purchase is: who ordered with
    what they saw before gets ``PreviewStale``. The same again changes nothing. Raises
    ``CheckoutNotFound``, ``CheckoutClosed``, ``CustomerErased`` and what the rule of quotes raises,
    such as ``UnknownCoupon``, ``CouponNotApplicable`` and ``AddOnRefused``.
    """
    bucket, now = bucket_of(session_id), run.now()
    async with run.transaction() as tx:
        await refuse_closed_in(tx, session_id, now=now)
        session = await purchases.lock_checkout(tx, bucket=bucket, id=session_id)
        assert session is not None, session_id
        order = revised(order_of(session), revision)
        [customer] = await customers.read_customers(tx, buckets=[bucket], ids=[session.customer_id])
        refuse_erased(customer)
        live = await subscriptions.read_live(tx, bucket=bucket, customer_id=customer.id)
        await quote_in(tx, SubscriptionId(run.new_id(bucket)), order, customer, now=now, live=live)
        await purchases.revise_checkout(
            tx, bucket=bucket, id=session_id, coupon_code=order.coupon_code,
            add_ons=written(order.add_ons),
        )  # fmt: skip
