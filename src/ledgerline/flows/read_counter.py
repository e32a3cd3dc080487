"""Read what a page for a customer shows beside its subject: who sells, and which plan."""

from dataclasses import dataclass
from typing import NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import CustomerId, bucket_of
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.rows import PlanRow, SellerRow
from ledgerline.customers import store as customers
from ledgerline.customers.model import CustomerNotFound
from ledgerline.customers.rows import CustomerRow


class Shop(NamedTuple):
    """Who sells to whom, in which currency."""

    customer: CustomerRow
    seller: SellerRow
    currency: str


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
        shop = await _shop(tx, customer_id)
        [plan] = await catalog.read_some_plans(tx, codes=[plan_code])
    return Counter(shop.customer, shop.seller, plan)


async def read_shop(run: Run, customer_id: CustomerId) -> Shop:
    """Read who sells to a customer; raises ``CustomerNotFound``. Called by the portal."""
    async with run.transaction() as tx:
        return await _shop(tx, customer_id)


async def _shop(tx: Tx, customer_id: CustomerId) -> Shop:
    found = await customers.read_customers(tx, buckets=[bucket_of(customer_id)], ids=[customer_id])
    if not found:
        raise CustomerNotFound("there is no such customer")
    market = await catalog.read_market(tx, code=found[0].market_code)
    assert market is not None, found[0]
    sellers = await catalog.read_sellers(tx)
    [seller] = [one for one in sellers if one.code == market.seller_code]
    return Shop(found[0], seller, market.currency)
