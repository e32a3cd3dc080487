"""Load a catalog: sellers, markets, plans, prices, coupons, tax rates, number templates."""

from typing import NamedTuple

from ledgerline.base.calendar import local_date
from ledgerline.base.db import Tx
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.model import Catalog
from ledgerline.catalog.rules.publish import findings, refuse_errors
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.rows import TemplateRow
from ledgerline.pricing import store as pricing


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
                catalog.NewPriceRow(
                    p.id, p.plan_code, p.market_code, p.currency, p.amount_minor, p.tax_behavior,
                    p.valid_from,
                )
                for p in new.prices
            ],
        )  # fmt: skip
        rates = await pricing.add_tax_rates(
            tx,
            [
                pricing.TaxRateRow(r.market_code, r.category, r.valid_from, r.rate_ppm, r.source)
                for r in new.tax_rates
            ],
        )
    return Loaded(len(new.markets), len(new.plans), prices, rates)


async def _put_places(tx: Tx, new: Catalog) -> None:
    """Write who sells, how its documents are numbered, and where."""
    await catalog.put_sellers(
        tx,
        [
            catalog.SellerRow(s.code, s.name, s.legal_name, s.country, s.zone, s.address, s.tax_id)
            for s in new.sellers
        ],
    )
    await invoicing.put_series_templates(
        tx, [TemplateRow(s.seller_code, s.kind, s.template) for s in new.series]
    )
    await catalog.put_markets(
        tx,
        [
            catalog.MarketRow(m.code, m.currency, m.seller_code, m.zone, m.locale, m.tax_behavior)
            for m in new.markets
        ],
    )


async def _put_offers(tx: Tx, new: Catalog) -> None:
    """Write what is sold and at which discounts; prices follow, for they refer to plans."""
    await catalog.put_products(
        tx, [catalog.ProductRow(p.code, p.family, p.name, p.tax_category) for p in new.products]
    )
    await catalog.put_plans(
        tx,
        [
            catalog.PlanRow(
                p.code, p.product_code, p.name, p.audience, p.cadence_count, p.cadence_unit,
                p.trial_days, p.members_max, p.on_sale,
            )
            for p in new.plans
        ],
    )  # fmt: skip
    await catalog.put_coupons(
        tx,
        [
            catalog.CouponRow(c.code, c.percent_ppm, c.amount_minor, c.currency, c.periods)
            for c in new.coupons
        ],
    )
