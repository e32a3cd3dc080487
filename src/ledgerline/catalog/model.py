"""Frozen values of the catalog: its rows as plain values, and the refusals of a sale."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar, Final

from ledgerline.base.calendar import Cadence, Unit
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import PriceId, reference_id
from ledgerline.base.money import Currency, Money

PPM: Final = 1_000_000  # parts of one whole: a rate of 100 percent


class PlanAudience(StrEnum):
    """Whom a plan is made for."""

    INDIVIDUAL = "individual"
    DUO = "duo"
    FAMILY = "family"
    STUDENT = "student"
    PARTNER = "partner"


class TaxBehavior(StrEnum):
    """Whether a stated price already contains its tax."""

    INCLUSIVE = "inclusive"
    EXCLUSIVE = "exclusive"


class SeriesKind(StrEnum):
    """The documents that bear a number of their own."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class Seller:
    """A legal entity that issues invoices; ``zone`` decides the date its documents bear."""

    code: str
    name: str
    legal_name: str
    country: str
    zone: str
    address: str
    tax_id: str


@dataclass(frozen=True, slots=True)
class Market:
    """A country we sell in; ``tax_behavior`` is how its prices are stated."""

    code: str
    currency: Currency
    seller_code: str
    zone: str
    locale: str
    tax_behavior: TaxBehavior


@dataclass(frozen=True, slots=True)
class Product:
    """What is sold; a customer has at most one live base subscription in a ``family``."""

    code: str
    family: str
    name: str
    tax_category: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A product on terms: for whom, how often billed, how long tried, for how many people."""

    code: str
    product_code: str
    name: str
    audience: PlanAudience
    cadence_count: int
    cadence_unit: Unit
    trial_days: int
    members_max: int
    on_sale: bool

    @property
    def cadence(self) -> Cadence:
        """Give the billing rhythm as one value."""
        return Cadence(self.cadence_count, self.cadence_unit)


@dataclass(frozen=True, slots=True)
class Price:
    """An amount for one cadence of a plan in a market, from a date until the next price's date."""

    id: PriceId
    plan_code: str
    market_code: str
    currency: Currency
    amount_minor: int
    tax_behavior: TaxBehavior
    valid_from: date

    @property
    def amount(self) -> Money:
        """Give the amount as money."""
        return Money(self.amount_minor, self.currency)


@dataclass(frozen=True, slots=True)
class Coupon:
    """A reduction by code: a share or an amount, for a number of billed periods or for ever.

    Exactly one of ``percent_ppm`` and ``amount_minor`` is set; ``currency`` goes with the amount;
    ``periods`` None means for ever.
    """

    code: str
    percent_ppm: int | None
    amount_minor: int | None
    currency: Currency | None
    periods: int | None


@dataclass(frozen=True, slots=True)
class TaxRate:
    """The rate of a category of products in a market, until the next row begins."""

    market_code: str
    category: str
    valid_from: date
    rate_ppm: int
    source: str


@dataclass(frozen=True, slots=True)
class Series:
    """How the numbers of one seller's documents of one kind are printed."""

    seller_code: str
    kind: SeriesKind
    template: str


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything one catalog text says, in the order of the text."""

    sellers: tuple[Seller, ...]
    markets: tuple[Market, ...]
    products: tuple[Product, ...]
    plans: tuple[Plan, ...]
    prices: tuple[Price, ...]
    coupons: tuple[Coupon, ...]
    tax_rates: tuple[TaxRate, ...]
    series: tuple[Series, ...]


def price_id(plan_code: str, market_code: str, *, valid_from: date) -> PriceId:
    """Derive the id of a price from what makes it unique."""
    return PriceId(reference_id("price", plan_code, market_code, valid_from.isoformat()))


class UnknownPlan(Rejected):
    """No plan has this code."""

    code: ClassVar[str] = "unknown_plan"


class PlanNotSold(Rejected):
    """The plan exists and is closed to new sales."""

    code: ClassVar[str] = "plan_not_on_sale"


class UnknownMarket(Rejected):
    """Nothing is sold in this country."""

    code: ClassVar[str] = "market_not_sold"


class PriceMissing(Rejected):
    """The plan has no price in the market on that day."""

    code: ClassVar[str] = "price_missing"


class UnknownCoupon(Rejected):
    """No coupon has this code."""

    code: ClassVar[str] = "unknown_coupon"
