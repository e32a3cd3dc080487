"""Values of pricing: terms go in, priced lines and credits come out."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar, Final

from ledgerline.base.calendar import Period
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import PriceId
from ledgerline.base.money import Currency, RoundingMode
from ledgerline.catalog.model import RoundingComponents, RoundingTarget, TaxBehavior, TaxTreatment


class AmountTooLarge(Rejected):
    """A line would exceed the largest amount the platform handles."""

    code: ClassVar[str] = "amount_too_large"


class QuantityRefused(Rejected):
    """The quantity is not between 1 and 100,000."""

    code: ClassVar[str] = "quantity_refused"


class CouponNotApplicable(Rejected):
    """The coupon's amount is in another currency."""

    code: ClassVar[str] = "coupon_not_applicable"


class LineKind(StrEnum):
    """What a line claims: time of service, free time, or a fee that is due once."""

    RECURRING = "recurring"
    TRIAL = "trial"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class Discount:
    """What an offer takes off each period: a share in ppm, then an amount in minor units."""

    percent_ppm: int = 0
    amount_minor: int = 0


NO_DISCOUNT = Discount()


@dataclass(frozen=True, slots=True)
class Rounding:
    """How one seller rounds tax in one market."""

    mode: RoundingMode = RoundingMode.HALF_UP
    target: RoundingTarget = RoundingTarget.TAX
    components: RoundingComponents = RoundingComponents.SEPARATE


USUAL: Final = Rounding()


@dataclass(frozen=True, slots=True)
class Taxation:
    """How something is taxed: what is taxed alike in one document is one group and rounded once.

    ``components`` are the rates that make up ``rate_ppm``; most rates have none.
    """

    treatment: TaxTreatment
    rate_ppm: int
    components: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything the price of one period depends on but time itself.

    ``unit`` is the price of one in minor units, exactly: it may be a part of one.
    ``tax_components`` are the rates that make up ``tax_rate_ppm``, if it has several.
    """

    price_id: PriceId
    plan_code: str
    plan_name: str
    currency: Currency
    unit: Fraction
    quantity: int
    behavior: TaxBehavior
    tax_category: str
    tax_rate_ppm: int
    discount: Discount
    # These follow from the price and the rate, so that hashing them as well tells nothing apart.
    treatment: TaxTreatment = field(default=TaxTreatment.STANDARD, hash=False)
    tax_components: tuple[int, ...] = field(default=(), hash=False)
    rounding: Rounding = field(default=USUAL, hash=False)

    @property
    def taxation(self) -> Taxation:
        """How it is taxed."""
        return Taxation(self.treatment, self.tax_rate_ppm, self.tax_components)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of service to price: ``period`` inside ``grid``, under ``terms``."""

    kind: LineKind
    component: str
    terms: Terms
    period: Period
    grid: Period


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One line: ``period`` inside ``grid``, ``grid_minor`` the amount of the whole grid period.

    ``grid_minor`` is after discount and in the basis of the price (with tax when inclusive); tax is
    the line's share of what its document was taxed.
    """

    kind: LineKind
    component: str
    terms: Terms
    period: Period
    grid: Period
    grid_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    gross_minor: int


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """What a document is taxed for what is taxed alike in it.

    ``components_minor`` are the parts of ``tax_minor``, one for each component of the rate.
    """

    taxation: Taxation
    net_minor: int
    tax_minor: int
    components_minor: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Priced:
    """The lines of one document, in the order of their pieces, and its totals."""

    lines: tuple[PricedLine, ...]
    groups: tuple[TaxGroup, ...]

    @property
    def net_minor(self) -> int:
        """What is claimed without tax."""
        return sum(line.net_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        """The tax on it."""
        return sum(line.tax_minor for line in self.lines)

    @property
    def gross_minor(self) -> int:
        """What is claimed with tax."""
        return sum(line.gross_minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class Correction:
    """What was given back of a line, or is promised to a refund: with tax, over ``[start, end)``.

    It takes the same share from each of its days. ``deferred_net_minor`` is the part that was not
    yet earned on ``booked_on``; both are of what was given back, not of a promise.
    """

    start: date
    end: date
    gross_minor: int
    deferred_net_minor: int = 0
    booked_on: date = date.min

    @property
    def days(self) -> int:
        """Over how many days it lies."""
        return (self.end - self.start).days

    @property
    def deferral(self) -> Period:
        """The days over which what was deferred of it is taken back."""
        return Period(max(self.start, self.booked_on), self.end)


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A line as it was billed and what has been given back of it since.

    ``mode`` is how its market rounds tax; a market never changes it. ``reserved`` is promised to
    refunds under way, and ``withheld`` is what cuts would have given back but for them;
    ``credited_tax_minor`` is the tax of all ``corrections`` together.
    """

    kind: LineKind
    behavior: TaxBehavior
    quantity: int
    period: Period
    grid: Period
    grid_minor: int
    net_minor: int
    tax_minor: int
    gross_minor: int
    mode: RoundingMode = RoundingMode.HALF_UP
    credited_tax_minor: int = 0
    corrections: tuple[Correction, ...] = field(default=())
    reserved: tuple[Correction, ...] = field(default=())
    withheld: tuple[Correction, ...] = field(default=())

    @property
    def credited_gross_minor(self) -> int:
        """What has been given back so far, with tax."""
        return sum(one.gross_minor for one in self.corrections)

    @property
    def reserved_minor(self) -> int:
        """What is promised to refunds under way, with tax."""
        return sum(one.gross_minor for one in self.reserved)


@dataclass(frozen=True, slots=True)
class LineCredit:
    """What is given back of one line, over the days ``[start, end)``, and all that was by then."""

    start: date
    end: date
    gross_minor: int
    tax_minor: int
    net_minor: int
    cum_gross_minor: int
    cum_tax_minor: int
