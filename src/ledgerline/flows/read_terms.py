"""What flows need of the catalog to price: read once a unit of work, then pure look-ups."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ledgerline.base.db import Tx
from ledgerline.base.ids import PriceId
from ledgerline.base.money import Currency
from ledgerline.catalog import store as catalog
from ledgerline.catalog.model import PriceMissing, TaxBehavior, TaxRate, UnknownCoupon
from ledgerline.catalog.rows import CouponRow, PriceRow
from ledgerline.catalog.rules.plain_sale import Offered
from ledgerline.pricing import store as pricing
from ledgerline.pricing.model import NO_DISCOUNT, Discount, Terms
from ledgerline.pricing.rows import TaxRateRow
from ledgerline.pricing.rules.price import discount_of
from ledgerline.pricing.tax.rates import TaxRates


@dataclass(frozen=True, slots=True)
class PriceBook:
    """The prices, tax rates and coupons one unit of work refers to."""

    prices: dict[PriceId, PriceRow]
    rates: TaxRates
    coupons: dict[str, CouponRow]

    @classmethod
    def of(
        cls,
        prices: Iterable[PriceRow],
        rates: Iterable[TaxRateRow],
        coupons: Iterable[CouponRow],
    ) -> "PriceBook":
        """Index what was read."""
        return cls(
            {price.id: price for price in prices},
            TaxRates.of(TaxRate(**rate._asdict()) for rate in rates),
            {coupon.code: coupon for coupon in coupons},
        )

    def price(self, price_id: PriceId) -> PriceRow:
        """Return a price; raises ``PriceMissing``."""
        row = self.prices.get(price_id)
        if row is None:
            raise PriceMissing("this price is not in the catalog", price=str(price_id))
        return row

    def terms(
        self, price_id: PriceId, *, quantity: int, coupon_code: str | None, on: date
    ) -> Terms:
        """Return the terms of a period that begins on ``on`` (its tax point).

        Raises ``PriceMissing``, ``UnknownCoupon`` and ``TaxRateMissing``.
        """
        row = self.price(price_id)
        assert row.unit_den == 1, row  # nothing below the minor unit is sold yet
        rate = self.rates.rate_ppm(row.market_code, row.tax_category, on=on)
        return Terms(
            price_id=price_id,
            plan_code=row.plan_code,
            currency=Currency(row.currency),
            unit_minor=row.unit_num,
            quantity=quantity,
            behavior=TaxBehavior(row.tax_behavior),
            tax_rate_ppm=rate,
            discount=self._discount(coupon_code, row.currency),
        )

    def _discount(self, coupon_code: str | None, currency: str) -> Discount:
        if coupon_code is None:
            return NO_DISCOUNT
        row = self.coupons.get(coupon_code)
        if row is None:
            raise UnknownCoupon("this coupon is not in the catalog", coupon=coupon_code)
        return discount_of(row.percent_ppm, row.amount_minor, row.currency, currency)


async def read_offered_in(tx: Tx, *, plan_code: str, market_code: str) -> Offered:
    """Read a plan as it is sold in a market; inside a pipeline it is there when that ends."""
    return Offered(
        await catalog.read_price_list(tx, plan_codes=[plan_code], market_code=market_code),
        await catalog.read_phases(tx, plan_codes=[plan_code]),
    )


async def read_terms(
    tx: Tx, *, price_ids: Iterable[PriceId], coupon_codes: Iterable[str | None]
) -> PriceBook:
    """Read prices, the tax rates of their markets and coupons: three statements for any batch."""
    prices = await catalog.read_prices(tx, ids=sorted(set(price_ids)))
    codes = sorted({code for code in coupon_codes if code is not None})
    coupons: list[CouponRow] = []
    async with tx.pipeline():
        markets = sorted({price.market_code for price in prices})
        rates = await pricing.read_tax_rates(tx, market_codes=markets)
        if codes:
            coupons = await catalog.read_coupons(tx, codes=codes)
    return PriceBook.of(prices, rates, coupons)
