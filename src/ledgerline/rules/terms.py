"""The prices, tax rates and offers of one unit of work; look-ups only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache

from ledgerline.base.calendar import Cadence, Grid, Period, Unit
from ledgerline.base.ids import PriceId
from ledgerline.base.money import Currency, RoundingMode, round_half_away
from ledgerline.catalog.model import (
    PriceMissing,
    RoundingComponents,
    RoundingTarget,
    TaxBehavior,
    UnknownCoupon,
)
from ledgerline.catalog.rows import CouponRow, PriceRow
from ledgerline.pricing.model import NO_DISCOUNT, Discount, Rounding, Terms
from ledgerline.pricing.rows import TaxRateRow
from ledgerline.pricing.rules.price import discount_of
from ledgerline.pricing.tax.rates import TaxRates
from ledgerline.subscriptions.rows import OfferRow


@dataclass(frozen=True, slots=True)
class Book:
    """What a decision may know of the catalog; nothing in it changes while it decides.

    Prices are kept by the number of their id: a run looks one up for each renewal, and an id hashes
    and compares in Python, a number does not.
    """

    prices: Mapping[int, PriceRow]
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
            {price.id.int: price for price in prices},
            TaxRates.of(rate.value() for rate in rates),
            {coupon.code: coupon for coupon in coupons},
        )

    def price(self, price_id: PriceId) -> PriceRow:
        """Return a price; raises ``PriceMissing``."""
        row = self.prices.get(price_id.int)
        if row is None:
            raise PriceMissing("this price is not in the catalog", price=str(price_id))
        return row

    def coupon(self, code: str) -> CouponRow:
        """Return a coupon; raises ``UnknownCoupon``."""
        row = self.coupons.get(code)
        if row is None:
            raise UnknownCoupon("no coupon has this code", coupon=code)
        return row

    def discount(self, offers: Sequence[OfferRow], price: PriceRow, *, grid: Period) -> Discount:
        """Return what the offers in force take off the grid period of a price together.

        Shares follow one another, then amounts are added; those given on another cadence are
        converted (``amount_over``). Raises ``UnknownCoupon`` and ``CouponNotApplicable``.
        """
        if not offers:
            return NO_DISCOUNT
        kept, amount = Fraction(1), 0
        for offer in offers:
            row = self.coupon(offer.offer_code)
            one = discount_of(row.percent_ppm, row.amount_minor, row.currency, price.currency)
            kept *= 1 - Fraction(one.percent_ppm, 1_000_000)
            if one.amount_minor and offer.cadence != cadence_of(price):
                amount += amount_over(one.amount_minor, offer, grid)
            else:
                amount += one.amount_minor
        return Discount(round((1 - kept) * 1_000_000), amount)

    def terms(
        self,
        price_id: PriceId,
        *,
        quantity: int,
        offers: Sequence[OfferRow],
        grid: Period,
        tax_point: date,
    ) -> Terms:
        """Return the terms of a price for a grid period, with the tax of ``tax_point``.

        Raises ``PriceMissing``, ``UnknownCoupon``, ``CouponNotApplicable`` and ``TaxRateMissing``.
        """
        row = self.price(price_id)
        rate = self.rates.at(row.market_code, row.tax_category, on=tax_point)
        return Terms(
            price_id=price_id,
            plan_code=row.plan_code,
            plan_name=row.plan_name,
            currency=Currency(row.currency),
            unit=Fraction(row.unit_num, row.unit_den),
            quantity=quantity,
            behavior=TaxBehavior(row.tax_behavior),
            tax_category=row.tax_category,
            tax_rate_ppm=rate.rate_ppm,
            discount=self.discount(offers, row, grid=grid),
            treatment=rate.treatment,
            tax_components=tuple(one.rate_ppm for one in rate.components),
            rounding=rounding_of(row.rounding_mode, row.rounding_target, row.rounding_components),
        )


@lru_cache
def rounding_of(mode: str, target: str, components: str) -> Rounding:
    """Read how a market rounds from its columns; there are few ways."""
    return Rounding(RoundingMode(mode), RoundingTarget(target), RoundingComponents(components))


def cadence_of(price: PriceRow) -> Cadence:
    """Return how often a price is due."""
    return Cadence(price.cadence_count, Unit(price.cadence_unit))


def amount_over(amount_minor: int, offer: OfferRow, grid: Period) -> int:
    """Convert a fixed amount to a period of another rhythm than it was given on, by days.

    Each of the offer's own periods bears the amount, and gives the share of its days that lie in
    ``grid``: 200 a month are 2400 a year, and 2400 a year are 204 in a January.
    """
    own = Grid(offer.from_on, offer.cadence, offer.from_on.day)
    share, at = Fraction(0), grid.start
    while at < grid.end:
        period = own.period(own.index_of(at))
        end = min(period.end, grid.end)
        share += Fraction(amount_minor * (end - at).days, period.days)
        at = end
    return round_half_away(share)


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
