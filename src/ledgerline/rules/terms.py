"""The prices, tax rates and offers of one unit of work; look-ups only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from ledgerline.base.calendar import Cadence, Unit
from ledgerline.base.ids import PriceId
from ledgerline.base.money import Currency
from ledgerline.catalog.model import PriceMissing, TaxBehavior, TaxRate, UnknownCoupon
from ledgerline.catalog.rows import CouponRow, PriceRow
from ledgerline.pricing.model import NO_DISCOUNT, Discount, Terms
from ledgerline.pricing.rows import TaxRateRow
from ledgerline.pricing.rules.price import discount_of
from ledgerline.pricing.tax.rates import TaxRates


@dataclass(frozen=True, slots=True)
class Book:
    """What a decision may know of the catalog; nothing in it changes while it decides."""

    prices: Mapping[PriceId, PriceRow]
    rates: TaxRates
    coupons: Mapping[str, CouponRow]

    @classmethod
    def of(
        cls,
        prices: Iterable[PriceRow],
        rates: Iterable[TaxRateRow],
        coupons: Iterable[CouponRow] = (),
    ) -> "Book":
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

    def coupon(self, code: str) -> CouponRow:
        """Return a coupon; raises ``UnknownCoupon``."""
        row = self.coupons.get(code)
        if row is None:
            raise UnknownCoupon("no coupon has this code", coupon=code)
        return row

    def discount(self, offer_codes: Sequence[str], currency: str) -> Discount:
        """Return what the offers in force take off a period together.

        Shares follow one another, then amounts are added. Raises ``UnknownCoupon`` and
        ``CouponNotApplicable``.
        """
        if not offer_codes:
            return NO_DISCOUNT
        kept, amount = Fraction(1), 0
        for code in offer_codes:
            row = self.coupon(code)
            one = discount_of(row.percent_ppm, row.amount_minor, row.currency, currency)
            kept *= 1 - Fraction(one.percent_ppm, 1_000_000)
            amount += one.amount_minor
        return Discount(round((1 - kept) * 1_000_000), amount)

    def terms(
        self, price_id: PriceId, *, quantity: int, offer_codes: Sequence[str], tax_point: date
    ) -> Terms:
        """Return the terms of a price whose tax is that of ``tax_point``.

        Raises ``PriceMissing``, ``UnknownCoupon``, ``CouponNotApplicable`` and ``TaxRateMissing``.
        """
        row = self.price(price_id)
        return Terms(
            price_id=price_id,
            plan_code=row.plan_code,
            plan_name=row.plan_name,
            currency=Currency(row.currency),
            unit=Fraction(row.unit_num, row.unit_den),
            quantity=quantity,
            behavior=TaxBehavior(row.tax_behavior),
            tax_category=row.tax_category,
            tax_rate_ppm=self.rates.rate_ppm(row.market_code, row.tax_category, on=tax_point),
            discount=self.discount(offer_codes, row.currency),
        )


def cadence_of(price: PriceRow) -> Cadence:
    """Return how often a price is due."""
    return Cadence(price.cadence_count, Unit(price.cadence_unit))


def on_sale(
    prices: Iterable[PriceRow], *, plan_code: str, phase_no: int, component: str, on: date
) -> PriceRow | None:
    """Find the price a new sale gets on a day: of those begun, the one that began last."""
    begun = [
        row
        for row in prices
        if row.plan_code == plan_code
        and row.phase_no == phase_no
        and row.component == component
        and row.valid_from <= on
    ]
    return max(begun, key=lambda row: row.valid_from, default=None)
