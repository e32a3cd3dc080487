"""Load a catalog: sellers, markets, plans, prices, coupons, tax rates, number templates."""

from typing import NamedTuple

from ledgerline.base.calendar import local_date
from ledgerline.base.db import Tx
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.model import Catalog
from ledgerline.catalog.rows import (
    CouponRow,
    MarketRow,
    NewPriceRow,
    PlanRow,
    ProductRow,
    SellerRow,
)
from ledgerline.catalog.rules.publish import findings, refuse_errors
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.rows import TemplateRow
from ledgerline.pricing import store as pricing
from ledgerline.pricing.rows import TaxRateRow


class Loaded(NamedTuple):
    """How many rows a load found new or updated."""

    markets: int
    plans: int
    prices: int
    tax_rates: int


async def load_catalog(run: Run, new: Catalog) -> Loaded:
    """Write a catalog in one transaction; existing prices, coupons and rates stay as they are.

    Raises ``CatalogRefused`` with every finding. Safe to repeat: the second time changes nothing
    that is immutable.
    """
    refuse_errors(findings(new, on=local_date(run.now(), "UTC")))
    async with run.transaction() as tx:
        await _put_places(tx, new)
        await _put_offers(tx, new)
        prices = await catalog.add_prices(
            tx,
            [
                NewPriceRow(
                    id=p.id,
                    plan_code=p.plan_code,
                    market_code=p.market_code,
                    currency=p.currency,
                    amount_minor=p.amount_minor,
                    tax_behavior=p.tax_behavior,
                    valid_from=p.valid_from,
                )
                for p in new.prices
            ],
        )
        rates = await pricing.add_tax_rates(
            tx,
            [
                TaxRateRow(
                    market_code=r.market_code,
                    category=r.category,
                    valid_from=r.valid_from,
                    rate_ppm=r.rate_ppm,
                    source=r.source,
                )
                for r in new.tax_rates
            ],
        )
    return Loaded(len(new.markets), len(new.plans), prices, rates)


async def _put_places(tx: Tx, new: Catalog) -> None:
    """Write who sells, how its documents are numbered, and where."""
    await catalog.put_sellers(
        tx,
        [
            SellerRow(
                code=s.code,
                name=s.name,
                legal_name=s.legal_name,
                country=s.country,
                zone=s.zone,
                address=s.address,
                tax_id=s.tax_id,
            )
            for s in new.sellers
        ],
    )
    await invoicing.put_series_templates(
        tx, [TemplateRow(s.seller_code, s.kind, s.template) for s in new.series]
    )
    await catalog.put_markets(
        tx,
        [
            MarketRow(
                code=m.code,
                currency=m.currency,
                seller_code=m.seller_code,
                zone=m.zone,
                locale=m.locale,
                tax_behavior=m.tax_behavior,
            )
            for m in new.markets
        ],
    )


async def _put_offers(tx: Tx, new: Catalog) -> None:
    """Write what is sold and at which discounts; prices follow, for they refer to plans."""
    await catalog.put_products(
        tx, [ProductRow(p.code, p.family, p.name, p.tax_category) for p in new.products]
    )
    await catalog.put_plans(
        tx,
        [
            PlanRow(
                code=p.code,
                product_code=p.product_code,
                name=p.name,
                audience=p.audience,
                cadence_count=p.cadence_count,
                cadence_unit=p.cadence_unit,
                trial_days=p.trial_days,
                members_max=p.members_max,
                on_sale=p.on_sale,
            )
            for p in new.plans
        ],
    )
    await catalog.put_coupons(
        tx,
        [
            CouponRow(
                code=c.code,
                percent_ppm=c.percent_ppm,
                amount_minor=c.amount_minor,
                currency=c.currency,
                periods=c.periods,
            )
            for c in new.coupons
        ],
    )
