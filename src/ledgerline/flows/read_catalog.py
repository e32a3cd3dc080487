"""Read the published catalog back: what the last load wrote, as the value it was loaded from."""

from ledgerline.base.db import Tx
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.model import Catalog, Series, SeriesKind
from ledgerline.invoicing import store as invoicing
from ledgerline.pricing import store as pricing


async def read_catalog(run: Run) -> Catalog:
    """Read everything that is published; nothing is an empty catalog."""
    async with run.transaction() as tx:
        return await read_catalog_in(tx)


async def read_catalog_in(tx: Tx) -> Catalog:
    """Do the same inside the caller's transaction: two round trips."""
    async with tx.pipeline():
        sellers = await catalog.read_sellers(tx)
        markets = await catalog.read_markets(tx)
        collections = await catalog.read_collections(tx)
        products = await catalog.read_products(tx)
        plans = await catalog.read_plans(tx)
        prices = await catalog.read_published_prices(tx)
        coupons = await catalog.read_every_coupon(tx)
        templates = await invoicing.read_series_templates(tx)
    codes = [plan.code for plan in plans]
    async with tx.pipeline():
        phases = await catalog.read_phases(tx, plan_codes=codes)
        rules = await catalog.read_add_on_rules(tx, base_plan_codes=codes)
        rates = await pricing.read_tax_rates(tx, market_codes=[market.code for market in markets])
    collects = {row.market_code: row.value() for row in collections}
    return Catalog(
        sellers=tuple(row.value() for row in sellers),
        markets=tuple(row.value(collects[row.code]) for row in markets),
        products=tuple(row.value() for row in products),
        plans=tuple(row.value() for row in plans),
        phases=tuple(row.value() for row in phases),
        add_on_rules=tuple(row.value() for row in rules),
        prices=tuple(row.value() for row in prices),
        coupons=tuple(row.value() for row in coupons),
        tax_rates=tuple(row.value() for row in rates),
        series=tuple(
            Series(row.seller_code, SeriesKind(row.kind), row.template) for row in templates
        ),
    )
