"""Read what a checkout page shows beside its session: who sells, and which plan."""

from dataclasses import dataclass

from ledgerline.base.ids import CustomerId
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.rows import PlanRow, SellerRow
from ledgerline.customers.rows import CustomerRow
from ledgerline.flows.read_shop import read_shop_in


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
        shop = await read_shop_in(tx, customer_id)
        [plan] = await catalog.read_some_plans(tx, codes=[plan_code])
    return Counter(shop.customer, shop.seller, plan)
