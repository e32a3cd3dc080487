"""Read what a decision needs of the catalog: few statements for any batch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ledgerline.base.db import Tx
from ledgerline.base.ids import PriceId
from ledgerline.catalog import store as catalog
from ledgerline.catalog.rows import AddOnRuleRow, CouponRow, PhaseRow, PlanRow, PriceRow
from ledgerline.pricing import store as pricing
from ledgerline.pricing.rows import TaxRateRow
from ledgerline.rules.phases import Sale, Shelf
from ledgerline.rules.terms import Book


async def read_terms(
    tx: Tx, *, price_ids: Iterable[PriceId], offer_codes: Iterable[str] = ()
) -> Book:
    """Read prices, the tax rates of their markets, and offers."""
    prices = await catalog.read_prices(tx, ids=sorted(set(price_ids)))
    codes = sorted(set(offer_codes))
    coupons: list[CouponRow] = []
    async with tx.pipeline():
        markets = sorted({price.market_code for price in prices})
        rates = await pricing.read_tax_rates(tx, market_codes=markets)
        if codes:
            coupons = await catalog.read_coupons(tx, codes=codes)
    return Book.of(prices, rates, coupons)


@dataclass(frozen=True, slots=True)
class AskedShelf:
    """What was asked of the catalog in a pipeline; known when that has ended."""

    market_code: str
    rules: Sequence[AddOnRuleRow]
    plans: Sequence[PlanRow]
    prices: Sequence[PriceRow]
    phases: Sequence[PhaseRow]
    rates: Sequence[TaxRateRow]
    coupons: Sequence[CouponRow]

    def open(self, *, today: date, others: Sequence[PriceRow] = ()) -> Sale:
        """Return what is sold on a day, with a book that has ``others`` too."""
        shelf = Shelf.of(
            self.market_code,
            today,
            plans=self.plans,
            prices=self.prices,
            phases=self.phases,
            add_ons=self.rules,
        )
        return Sale(shelf, Book.of([*self.prices, *others], self.rates, self.coupons))


async def ask_shelf_in(
    tx: Tx, *, market_code: str, plan_codes: Iterable[str], offer_codes: Iterable[str] = ()
) -> AskedShelf:
    """Ask, in the caller's pipeline, what a market sells of some plans."""
    codes, offers = sorted(set(plan_codes)), sorted(set(offer_codes))
    return AskedShelf(
        market_code=market_code,
        rules=await catalog.read_add_on_rules(tx, base_plan_codes=codes),
        plans=await catalog.read_some_plans(tx, codes=codes),
        prices=await catalog.read_price_list(tx, plan_codes=codes, market_code=market_code),
        phases=await catalog.read_phases(tx, plan_codes=codes),
        rates=await pricing.read_tax_rates(tx, market_codes=[market_code]),
        coupons=await catalog.read_coupons(tx, codes=offers) if offers else (),
    )


async def read_sale_in(
    tx: Tx,
    *,
    market_code: str,
    today: date,
    plan_codes: Iterable[str],
    price_ids: Iterable[PriceId],
    offer_codes: Iterable[str],
) -> Sale:
    """Read what a market sells of some plans and of every add-on that goes with them.

    The book has these prices, those of ``price_ids`` and the offers named.
    """
    wanted = set(plan_codes)
    rules = await catalog.read_add_on_rules(tx, base_plan_codes=sorted(wanted))
    wanted |= {rule.add_on_plan_code for rule in rules}
    async with tx.pipeline():
        asked = await ask_shelf_in(
            tx, market_code=market_code, plan_codes=wanted, offer_codes=offer_codes
        )
        others = await catalog.read_prices(tx, ids=sorted(set(price_ids)))
    return asked.open(today=today, others=others)
