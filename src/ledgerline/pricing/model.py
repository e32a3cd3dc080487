"""Values of pricing: terms go in, priced lines and credits come out."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from ledgerline.base.calendar import Period
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import PriceId
from ledgerline.base.money import Currency
from ledgerline.catalog.model import TaxBehavior


class AmountTooLarge(Rejected):
    """A line would exceed the largest amount the platform handles."""

    code: ClassVar[str] = "amount_too_large"


class QuantityRefused(Rejected):
    """The quantity is not between 1 and 100,000."""

    code: ClassVar[str] = "quantity_refused"


class CouponNotApplicable(Rejected):
    """The coupon's amount is in another currency."""

    code: ClassVar[str] = "coupon_not_applicable"


@dataclass(frozen=True, slots=True)
class Discount:
    """What a coupon takes off each period: a share in ppm, or an amount in minor units."""

    percent_ppm: int = 0
    amount_minor: int = 0


NO_DISCOUNT = Discount()


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything the price of one period depends on but time itself."""

    price_id: PriceId
    plan_code: str
    currency: Currency
    unit_minor: int
    quantity: int
    behavior: TaxBehavior
    tax_rate_ppm: int
    discount: Discount


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One line: ``period`` inside ``grid``, ``grid_minor`` the amount of the whole grid period.

    ``grid_minor`` is after discount and in the basis of the price (with tax when inclusive).
    """

    terms: Terms
    period: Period
    grid: Period
    grid_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    gross_minor: int


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A line as it was billed and what has been given back of it since.

    ``reserved_minor`` is promised to a refund under way.
    """

    behavior: TaxBehavior
    period: Period
    grid: Period
    grid_minor: int
    net_minor: int
    tax_minor: int
    gross_minor: int
    credited_gross_minor: int
    credited_tax_minor: int
    reserved_minor: int


@dataclass(frozen=True, slots=True)
class LineCredit:
    """What is given back of one line, for ``[start, end)`` of its period."""

    start: date
    end: date
    gross_minor: int
    tax_minor: int
    net_minor: int
    cum_gross_minor: int
    cum_tax_minor: int
