"""Quote a purchase: what it would cost, now and next. Nothing is written."""

from collections.abc import Sequence
from datetime import datetime

from ledgerline.base.calendar import local_date
from ledgerline.base.db import Tx
from ledgerline.base.ids import SubscriptionId, bucket_of
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.customers.model import CustomerNotFound
from ledgerline.customers.rows import CustomerRow, TrialRow
from ledgerline.customers.rules.erasure import refuse_erased
from ledgerline.flows.read_terms import ask_shelf_in
from ledgerline.ledger import store as ledger
from ledgerline.rules.quote import Held, Order, Quote, quote
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.rows import SubscriptionRow


async def quote_purchase(run: Run, order: Order, *, buying: bool = False) -> Quote:
    """Compute a quote; the same rule prices the purchase itself, so the preview is the result.

    Whoever is ``buying`` must not have a live subscription of the plan's family: a purchase would
    raise ``PurchaseInProgress`` as well. A plain quote is for comparing plans, too. Raises
    ``CustomerNotFound``, ``CustomerErased`` and what the rule raises.
    """
    now = run.now()
    bucket = bucket_of(order.customer_id)
    async with run.transaction() as tx:
        found = await customers.read_customers(tx, buckets=[bucket], ids=[order.customer_id])
        if not found:
            raise CustomerNotFound("there is no such customer", customer=str(order.customer_id))
        refuse_erased(found[0])
        live: Sequence[SubscriptionRow] = ()
        if buying:
            live = await subscriptions.read_live(tx, bucket=bucket, customer_id=order.customer_id)
        subscription_id = SubscriptionId(run.new_id(bucket))
        return await quote_in(tx, subscription_id, order, found[0], now=now, live=live)


async def quote_in(
    tx: Tx,
    subscription_id: SubscriptionId,
    order: Order,
    customer: CustomerRow,
    *,
    now: datetime,
    live: Sequence[SubscriptionRow] = (),
) -> Quote:
    """Do the same inside the caller's transaction, for a customer who has ``live`` subscriptions.

    One of the plan's family raises ``PurchaseInProgress``.
    """
    trials: list[TrialRow] = []
    async with tx.pipeline():
        credit = await ledger.read_credit(tx, buckets=[customer.bucket], customer_ids=[customer.id])
        if order.with_trial:
            trials = await customers.read_trials(
                tx, bucket=customer.bucket, customer_id=customer.id
            )
        asked = await ask_shelf_in(
            tx,
            market_code=customer.market_code,
            plan_codes=[order.plan_code, *(one.plan_code for one in order.add_ons)],
            offer_codes=[order.coupon_code] if order.coupon_code else [],
        )
    sale = asked.open(today=local_date(now, customer.zone))
    held = Held(
        live=live,
        tried_families=frozenset(row.family for row in trials),
        balances=[(row.seller_code, row.currency, row.balance_minor) for row in credit],
    )
    return quote(subscription_id, order, sale, held, zone=customer.zone, now=now)
