"""Count the coupon codes that are typed at checkouts, so that nobody finds one by guessing."""

from typing import Final

from ledgerline.base.ids import CheckoutId, CustomerId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.flows.open_checkout import OPEN_FOR
from ledgerline.purchases import store as purchases
from ledgerline.purchases.model import TooManyCouponTries

SESSION_TRIES_MAX: Final = 10
CUSTOMER_TRIES_MAX: Final = 20
"""Of one customer at all their sessions of a day."""


@repeated
async def try_coupon(run: Run, session_id: CheckoutId, customer_id: CustomerId) -> None:
    """Count a code before it is looked up; the count stays, whatever becomes of the code.

    Called by the checkout page. Under the lock of the customer, so that tries side by side are
    counted as well. Raises ``TooManyCouponTries``; a code that exists is then refused as any other.
    """
    bucket = bucket_of(session_id)
    async with run.transaction() as tx:
        await customers.lock_customers(tx, buckets=[bucket], ids=[customer_id])
        await purchases.count_coupon_try(tx, bucket=bucket, id=session_id)
        tries = await purchases.read_coupon_tries(
            tx, bucket=bucket, id=session_id, customer_id=customer_id, since=run.now() - OPEN_FOR
        )
    assert tries is not None, session_id
    if tries.of_session > SESSION_TRIES_MAX or tries.of_customer > CUSTOMER_TRIES_MAX:
        raise TooManyCouponTries("too many codes were tried: order without one, or come back later")
