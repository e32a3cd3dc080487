"""Read what a checkout page shows beside its session: who sells, and which plan."""

from dataclasses import dataclass

from ledgerline.base.ids import CustomerId, bucket_of
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.rows import PlanRow, SellerRow
from ledgerline.customers import store as customers
from ledgerline.customers.model import CustomerNotFound
from ledgerline.customers.rows import CustomerRow


@dataclass(frozen=True, slots=True)
class Counter:
    """Who sells to whom, and the plan as it is called."""

    customer: CustomerRow
    seller: SellerRow
    plan: PlanRow


async def read_counter(run: Run, customer_id: CustomerId, plan_code: str) -> Counter:
    """Read who sells a plan to a customer; raises ``CustomerNotFound``.

    Called by the checkout page.
    """
    async with run.transaction() as tx:
        found = await customers.read_customers(
            tx, buckets=[bucket_of(customer_id)], ids=[customer_id]
        )
        if not found:
            raise CustomerNotFound("there is no such customer")
        market = await catalog.read_market(tx, code=found[0].market_code)
        assert market is not None, found[0]
        sellers = await catalog.read_sellers(tx)
        [plan] = await catalog.read_some_plans(tx, codes=[plan_code])
    [seller] = [one for one in sellers if one.code == market.seller_code]
    return Counter(found[0], seller, plan)
