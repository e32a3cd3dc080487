"""Read who sells to a customer, for pages of theirs."""

from typing import NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import CustomerId, bucket_of
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.rows import SellerRow
from ledgerline.customers import store as customers
from ledgerline.customers.model import CustomerNotFound
from ledgerline.customers.rows import CustomerRow


class Shop(NamedTuple):
    """Who sells to whom, in which currency."""

    customer: CustomerRow
    seller: SellerRow
    currency: str


async def read_shop(run: Run, customer_id: CustomerId) -> Shop:
    """Read who sells to a customer; raises ``CustomerNotFound``. Called by the portal."""
    async with run.transaction() as tx:
        return await read_shop_in(tx, customer_id)


async def read_shop_in(tx: Tx, customer_id: CustomerId) -> Shop:
    """Do the same in the transaction of a caller who reads more."""
    found = await customers.read_customers(tx, buckets=[bucket_of(customer_id)], ids=[customer_id])
    if not found:
        raise CustomerNotFound("there is no such customer")
    market = await catalog.read_market(tx, code=found[0].market_code)
    assert market is not None, found[0]
    sellers = await catalog.read_sellers(tx)
    [seller] = [one for one in sellers if one.code == market.seller_code]
    return Shop(found[0], seller, market.currency)
