"""Frozen values of the catalog: its rows as plain values, and the refusals of a sale."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import ClassVar, Final

from ledgerline.base.calendar import Cadence, Unit
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import PriceId, reference_id
from ledgerline.base.money import Currency, RoundingMode

PPM: Final = 1_000_000  # parts of one whole: a rate of 100 percent
UNIT_DEN_MAX: Final = 1_000_000  # the finest share of a minor unit a price may be stated in

BASE: Final = "base"  # the component of a base plan's recurring price
SETUP: Final = "setup"  # the component of a fee that is billed once, at the start
WEB: Final = "web"  # the channel every price is sold through
TRIAL_NOTICE_DAYS: Final = 3  # before a trial ends, where its market says nothing else
RENEWAL_NOTICE_DAYS: Final = (30, 7)  # before a plan renews for a year
NOTICE_DAYS_MAX: Final = 60


class ProductKind(StrEnum):
    """Whether a product is bought by itself or with another."""

    BASE = "base"
    ADD_ON = "add_on"


class PlanAudience(StrEnum):
    """Whom a plan is made for."""

    INDIVIDUAL = "individual"
    DUO = "duo"
    FAMILY = "family"
    STUDENT = "student"
    PARTNER = "partner"


class PlanStatus(StrEnum):
    """Whether a plan is sold. A retired one is not, and renews for those who have it."""

    ON_SALE = "on_sale"
    RETIRED = "retired"


class PhaseKind(StrEnum):
    """What a part of a plan's life is: free, priced for a time, or the price that stays."""

    TRIAL = "trial"
    INTRO = "intro"
    FIXED = "fixed"
    EVERGREEN = "evergreen"


class TaxBehavior(StrEnum):
    """Whether a stated price already contains its tax."""

    INCLUSIVE = "inclusive"
    EXCLUSIVE = "exclusive"


class RoundingTarget(StrEnum):
    """Which side of a tax-inclusive amount is rounded; the other is what remains."""

    TAX = "tax"
    NET = "net"


class RoundingComponents(StrEnum):
    """How the taxes that make up a rate are rounded.

    ``SEPARATE``: each alone. ``COMBINED``: their sum once, and shared out. ``EQUAL``: all are the
    same share, which is rounded once. ``INSIDE``: each alone, as a part of the price with all of
    them. A price that contains its tax has ``SEPARATE`` taxes rounded as combined ones.
    """

    SEPARATE = "separate"
    COMBINED = "combined"
    EQUAL = "equal"
    INSIDE = "inside"


class TaxTreatment(StrEnum):
    """Why something is taxed as it is; every rate of zero has its own reason."""

    STANDARD = "standard"
    REDUCED = "reduced"
    ZERO = "zero"
    PRODUCT_EXEMPT = "product_exempt"
    NOT_SUBJECT = "not_subject"
    NOT_COLLECTING = "not_collecting"

    @property
    def taxes(self) -> bool:
        """Whether its rate is above zero."""
        return self in {TaxTreatment.STANDARD, TaxTreatment.REDUCED}


class SeriesKind(StrEnum):
    """The documents that bear a number of their own."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """Where a seller is, within its country."""

    line1: str
    city: str
    line2: str | None = None
    postal_code: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Seller:
    """A legal entity that issues invoices; ``zone`` decides the date its documents bear.

    ``registration`` is that of companies, ``colour`` is ``#rrggbb``, ``logo`` the text of an SVG.
    """

    code: str
    name: str
    legal_name: str
    country: str
    zone: str
    address: PostalAddress
    tax_id: str | None = None
    registration: str | None = None
    email: str | None = None
    website: str | None = None
    colour: str | None = None
    logo: str | None = None


class EndPolicy(StrEnum):
    """What the end of collection does to a subscription that stayed unpaid."""

    CANCEL = "cancel"
    WRITE_OFF = "write_off"  # the claim alone: it goes on, and its next renewal is billed
    DOWNGRADE = "downgrade"  # it goes on with a plan that costs nothing
    PAUSE = "pause"  # it rests until its payer resumes it, or for so long that it ends


@dataclass(frozen=True, slots=True)
class Collection:
    """How a market collects what was refused; days count from the first refusal.

    Service goes on for ``grace_days``; wages come on ``paydays``; ``end_plans`` are of a downgrade.
    A plan that is laid for a model has ``learned_days`` (none: those of everybody) and makes no try
    that brings less than ``try_cost_minor`` (of the market's currency; 0 asks for nothing).
    """

    retry_days: tuple[int, ...] = (2, 7, 14, 21)
    tries_max: int = 8
    collect_days: int = 21
    grace_days: int = 14
    reminder_days: tuple[int, ...] = (3, 7, 10)
    paydays: tuple[str, ...] = ()
    end: EndPolicy = EndPolicy.CANCEL
    end_plans: tuple[str, ...] = ()
    learned_days: tuple[int, ...] = ()
    learned_collect_days: int = 0
    try_cost_minor: int = 0


@dataclass(frozen=True, slots=True)
class Market:
    """A country we sell in; ``tax_behavior`` is how its prices are stated.

    ``rounding_*`` say how its tax is rounded, and never change. ``simplified_up_to_minor`` is the
    highest total of a simplified invoice in minor units of ``currency``; None is no limit.
    ``trial_notice_days`` is how long before the end of a trial its customer is told of it, and
    ``renewal_notice_days`` are those before a plan renews for a year.
    """

    code: str
    currency: Currency
    seller_code: str
    zone: str
    locale: str
    tax_behavior: TaxBehavior
    rounding_mode: RoundingMode = RoundingMode.HALF_UP
    rounding_target: RoundingTarget = RoundingTarget.TAX
    rounding_components: RoundingComponents = RoundingComponents.SEPARATE
    simplified_up_to_minor: int | None = None
    trial_notice_days: int = TRIAL_NOTICE_DAYS
    renewal_notice_days: tuple[int, ...] = RENEWAL_NOTICE_DAYS
    collection: Collection = Collection()


@dataclass(frozen=True, slots=True)
class Product:
    """What is sold; a customer has at most one live base subscription in a ``family``."""

    code: str
    family: str
    name: str
    tax_category: str
    kind: ProductKind


@dataclass(frozen=True, slots=True)
class Plan:
    """A product on terms: for whom, how often billed, for how many people."""

    code: str
    product_code: str
    name: str
    audience: PlanAudience
    cadence_count: int
    cadence_unit: Unit
    members_max: int
    status: PlanStatus

    @property
    def cadence(self) -> Cadence:
        """Give the billing rhythm as one value."""
        return Cadence(self.cadence_count, self.cadence_unit)


@dataclass(frozen=True, slots=True)
class PlanPhase:
    """One part of a plan's life; ``no`` counts from 1. An evergreen one has no length."""

    plan_code: str
    no: int
    kind: PhaseKind
    length_count: int | None = None
    length_unit: Unit | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """An amount in a phase of a plan, in a market, from a date until the next price's date.

    ``component`` is ``base`` for what a base plan costs each cadence, the product's code for what
    an add-on plan costs each cadence, and ``setup`` for a fee billed once. ``unit_num`` over
    ``unit_den`` are minor units as a reduced fraction.
    """

    id: PriceId
    plan_code: str
    phase_no: int
    component: str
    market_code: str
    currency: Currency
    unit_num: int
    unit_den: int
    tax_behavior: TaxBehavior
    valid_from: date
    channel: str = WEB

    @property
    def unit(self) -> Fraction:
        """Give the amount in minor units, exactly."""
        return Fraction(self.unit_num, self.unit_den)

    @property
    def place(self) -> tuple[str, int, str, str, str]:
        """Give what has one price at an instant: plan, phase, component, market, channel."""
        return (self.plan_code, self.phase_no, self.component, self.market_code, self.channel)

    @property
    def key(self) -> str:
        """Name the row in dotted form."""
        plan, phase, component, market, _ = self.place
        return f"prices.{plan}.{phase}.{component}.{market}.{self.valid_from}"


@dataclass(frozen=True, slots=True)
class AddOnRule:
    """An add-on plan that may be bought with a base plan."""

    base_plan_code: str
    add_on_plan_code: str


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
class TaxComponent:
    """One tax of several that make up a rate, such as CGST and SGST."""

    name: str
    rate_ppm: int


@dataclass(frozen=True, slots=True)
class TaxRate:
    """The rate of a category of products in a market, until the next row begins.

    ``name`` is what the tax is called there ("VAT", "GST") and ``reason`` the text that an
    exemption prints. The rates of ``components`` sum to ``rate_ppm``; most rates have none.
    """

    market_code: str
    category: str
    valid_from: date
    rate_ppm: int
    source: str
    treatment: TaxTreatment = TaxTreatment.STANDARD
    name: str | None = None
    reason: str | None = None
    components: tuple[TaxComponent, ...] = ()

    @property
    def key(self) -> str:
        """Name the row in dotted form."""
        return f"tax_rates.{self.market_code}.{self.category}.{self.valid_from}"


@dataclass(frozen=True, slots=True)
class Series:
    """How the numbers of one seller's documents of one kind are printed."""

    seller_code: str
    kind: SeriesKind
    template: str


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything one catalog text says, in the order of the text.

    ``lines`` says on which line of the text a dotted key stands; what was not read from a text
    has none. Two catalogs that say the same are equal, wherever they say it.
    """

    sellers: tuple[Seller, ...]
    markets: tuple[Market, ...]
    products: tuple[Product, ...]
    plans: tuple[Plan, ...]
    phases: tuple[PlanPhase, ...]
    add_on_rules: tuple[AddOnRule, ...]
    prices: tuple[Price, ...]
    coupons: tuple[Coupon, ...]
    tax_rates: tuple[TaxRate, ...]
    series: tuple[Series, ...]
    lines: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType({}), compare=False, repr=False
    )


def price_id(
    plan_code: str, *, phase_no: int, component: str, market_code: str, valid_from: date
) -> PriceId:
    """Derive the id of a price on sale from what makes it unique."""
    parts = (plan_code, str(phase_no), component, market_code, WEB, valid_from.isoformat())
    return PriceId(reference_id("price", *parts))


def coupon_code(written: str) -> str:
    """Give a coupon's code as it is stored, however it was typed: any case, spaces around it."""
    return written.strip().upper()


class UnknownPlan(Rejected):
    """No plan has this code."""

    code: ClassVar[str] = "unknown_plan"


class PlanNotSold(Rejected):
    """The plan exists and is closed to new sales."""

    code: ClassVar[str] = "plan_not_on_sale"


class PriceMissing(Rejected):
    """The plan has no price in the market on that day."""

    code: ClassVar[str] = "price_missing"


class UnknownCoupon(Rejected):
    """No coupon has this code."""

    code: ClassVar[str] = "unknown_coupon"
