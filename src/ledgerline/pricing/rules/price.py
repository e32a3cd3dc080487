"""The one pricing function: quote, preview, purchase, change and billing run all call it."""

from fractions import Fraction
from functools import lru_cache
from typing import Final

from ledgerline.base.calendar import Period
from ledgerline.base.money import MINOR_MAX, round_half_away
from ledgerline.catalog.model import PPM, TaxBehavior
from ledgerline.pricing.model import (
    NO_DISCOUNT,
    AmountTooLarge,
    CouponNotApplicable,
    Discount,
    PricedLine,
    QuantityRefused,
    Terms,
)
from ledgerline.pricing.rules.portion import portion
from ledgerline.pricing.tax.arithmetic import exclusive, inclusive

QUANTITY_MAX: Final = 100_000
_LINES_KEPT: Final = 4_096  # a billing run prices few distinct lines a million times


@lru_cache(maxsize=_LINES_KEPT)
def price(terms: Terms, *, period: Period, grid: Period) -> PricedLine:
    """Price ``period``, a piece of the grid period ``grid``, under ``terms``.

    Unit price × quantity − discount is rounded once for the whole grid period; the piece is its
    portion by days; tax is rounded once on the piece. Raises ``QuantityRefused`` and
    ``AmountTooLarge``.
    """
    if not 1 <= terms.quantity <= QUANTITY_MAX:
        raise QuantityRefused(
            f"a quantity lies between 1 and {QUANTITY_MAX}", quantity=terms.quantity
        )
    full = terms.unit_minor * terms.quantity
    if full > MINOR_MAX:
        raise AmountTooLarge("the line exceeds the largest amount", amount_minor=full)
    discount = discounted(full, terms.discount)
    amount = portion(full - discount, piece=period, grid=grid)
    if terms.behavior is TaxBehavior.INCLUSIVE:
        gross = amount
        net, tax = inclusive(amount, terms.tax_rate_ppm)
    else:
        net = amount
        tax, gross = exclusive(amount, terms.tax_rate_ppm)
    return PricedLine(
        terms=terms,
        period=period,
        grid=grid,
        grid_minor=full - discount,
        discount_minor=discount,
        net_minor=net,
        tax_minor=tax,
        gross_minor=gross,
    )


def discounted(full_minor: int, discount: Discount) -> int:
    """Return what the discount takes off; never more than there is."""
    share = round_half_away(Fraction(full_minor * discount.percent_ppm, PPM))
    return min(full_minor, share + discount.amount_minor)


def discount_of(
    percent_ppm: int | None, amount_minor: int | None, coupon_currency: str | None, currency: str
) -> Discount:
    """Turn a coupon's columns into a discount; raises ``CouponNotApplicable``."""
    if amount_minor is not None and coupon_currency != currency:
        raise CouponNotApplicable(
            "the coupon is for another currency", coupon=coupon_currency, currency=currency
        )
    if percent_ppm is None and amount_minor is None:
        return NO_DISCOUNT
    return Discount(percent_ppm or 0, amount_minor or 0)
