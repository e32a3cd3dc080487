"""Load a catalog: sellers, markets, plans, prices, coupons, tax rates, number templates."""

from dataclasses import asdict
from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.model import Catalog, Market
from ledgerline.catalog.rows import (
    AddOnRuleRow,
    CollectionRow,
    CouponRow,
    MarketRow,
    PartRow,
    PhaseRow,
    PlanRow,
    ProductRow,
    PublishedPriceRow,
    ReleaseRow,
    SellerRow,
)
from ledgerline.catalog.rules.findings import refuse_errors
from ledgerline.catalog.rules.revision import Revision, review
from ledgerline.documents.parts import parts_of
from ledgerline.flows.read_catalog import read_catalog_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.rows.documents import TemplateRow
from ledgerline.pricing import store as pricing
from ledgerline.pricing.rows import TaxRateRow


async def load_catalog(run: Run, new: Catalog) -> Revision:
    """Publish a catalog in one transaction and say what it changed of the published one.

    Raises ``CatalogRefused`` with the line of every reason, and then nothing is loaded. Prices,
    rates and coupons are only added, so nobody who has bought is changed. Two loads wait for one
    another. Safe to repeat: the second time changes nothing.
    """
    async with run.transaction() as tx:
        await catalog.lock_sellers(tx)
        published = await read_catalog_in(tx)
        done = review(published, new, now=run.now())
        refuse_errors(done.findings)
        await _put_places(tx, new)
        await _put_offers(tx, new)
        await _add_amounts(tx, published, new, now=run.now())
        await _release(tx, new, now=run.now())
    return done


async def _put_places(tx: Tx, new: Catalog) -> None:
    """Write who sells, how its documents are numbered, and where."""
    await catalog.put_sellers(tx, [SellerRow.of(one) for one in new.sellers])
    await invoicing.put_series_templates(tx, [TemplateRow(**asdict(one)) for one in new.series])
    await catalog.put_markets(tx, [MarketRow.of(one) for one in new.markets])
    held = {row.market_code: row for row in await catalog.read_collections(tx)}
    rows = [_collection(held.get(one.code), one) for one in new.markets]
    await catalog.add_collections(tx, [row for row in rows if row != held.get(row.market_code)])


def _collection(held: CollectionRow | None, market: Market) -> CollectionRow:
    """Say how a market collects: the version that is held, or the next one if it differs."""
    if held is not None and held.value() == market.collection:
        return held
    version = 1 if held is None else held.version + 1
    return CollectionRow.of(market.code, version, market.collection)


async def _put_offers(tx: Tx, new: Catalog) -> None:
    """Write what is sold; prices follow, for they refer to the phases of plans."""
    await catalog.put_products(tx, [ProductRow(**asdict(one)) for one in new.products])
    await catalog.put_plans(tx, [PlanRow(**asdict(one)) for one in new.plans])
    await catalog.put_phases(tx, [PhaseRow(**asdict(one)) for one in new.phases])
    await catalog.drop_add_on_rules(
        tx,
        base_plan_codes=[rule.base_plan_code for rule in new.add_on_rules],
        add_on_plan_codes=[rule.add_on_plan_code for rule in new.add_on_rules],
    )
    await catalog.put_add_on_rules(tx, [AddOnRuleRow(**asdict(one)) for one in new.add_on_rules])


async def _add_amounts(tx: Tx, published: Catalog, new: Catalog, *, now: datetime) -> None:
    """Write the prices and coupons that are new, and the tax rates."""
    prices = {price.id for price in published.prices}
    coupons = {coupon.code for coupon in published.coupons}
    await catalog.add_prices(
        tx, [PublishedPriceRow(**asdict(one)) for one in new.prices if one.id not in prices]
    )
    await catalog.add_coupons(
        tx, [CouponRow(**asdict(one)) for one in new.coupons if one.code not in coupons]
    )
    await pricing.put_tax_rates(tx, [TaxRateRow.of(one) for one in new.tax_rates], recorded_at=now)


async def _release(tx: Tx, new: Catalog, *, now: datetime) -> None:
    """Keep what documents say of the catalog, where that has changed.

    What was issued names the release it was issued under, so its words stay as they are.
    """
    newest = await catalog.read_newest_parts(tx)
    held = {(row.kind, row.code): row.hash for row in newest}
    changed = [one for one in parts_of(new) if held.get((one.kind, one.code)) != one.hash]
    if not changed:
        return
    no = max((row.release_no for row in newest), default=0) + 1
    await catalog.add_release(tx, ReleaseRow(no, now))
    await catalog.add_parts(
        tx,
        [
            PartRow(kind=one.kind, code=one.code, release_no=no, hash=one.hash, body=one.body)
            for one in changed
        ],
    )
