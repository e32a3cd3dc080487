"""What documents say of sellers, markets, plans and taxes: kept by release of the catalog.

A reload of the catalog writes new parts and leaves the old ones, so that a document can be built,
at any later time, from what was published when it was issued.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple, Self, TypeVar

import msgspec
from msgspec import Struct

from ledgerline.base.money import RoundingMode
from ledgerline.catalog.model import (
    Catalog,
    Market,
    Plan,
    RoundingComponents,
    RoundingTarget,
    TaxRate,
)
from ledgerline.catalog.model import Seller as PublishedSeller
from ledgerline.catalog.rows import PartRow
from ledgerline.documents.snapshot import Address, Seller, Treatment, clean, encode
from ledgerline.pricing.model import Rounding

P = TypeVar("P", Seller, "MarketPart", "PlanPart", "TaxPart")


class PartKind(StrEnum):
    """What a part tells of."""

    SELLER = "seller"
    MARKET = "market"
    PLAN = "plan"
    TAX = "tax"


class _Part(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Absent instead of null, as in bodies."""


class MarketPart(_Part, frozen=True, kw_only=True):
    """How prices of a market are stated and taxed, and how large a simplified invoice may be.

    ``simplified_up_to`` is in minor units; absent, there is no limit.
    """

    behavior: str
    simplified_up_to: int | None = None
    mode: RoundingMode
    target: RoundingTarget
    components: RoundingComponents

    @property
    def rounding(self) -> Rounding:
        """How tax is rounded here."""
        return Rounding(self.mode, self.target, self.components)


class PlanPart(_Part, frozen=True, kw_only=True):
    """What a plan is called."""

    name: str


class ComponentPart(_Part, frozen=True, kw_only=True):
    """One tax of several that make up a rate."""

    name: str
    rate_ppm: int


class RatePart(_Part, frozen=True, kw_only=True):
    """The rate of a category of products from a day (``YYYY-MM-DD``) on, and what it means."""

    valid_from: str
    rate_ppm: int
    treatment: Treatment
    name: str | None = None
    reason: str | None = None
    components: tuple[ComponentPart, ...] = ()


class TaxPart(_Part, frozen=True, kw_only=True):
    """The rates of one category of products in a market, oldest first."""

    rates: tuple[RatePart, ...]


class NewPart(NamedTuple):
    """A part in its canonical form, with its SHA-256."""

    kind: PartKind
    code: str
    hash: bytes
    body: bytes


_ENCODER: Final = msgspec.json.Encoder(order="sorted")
_KINDS: Final = {
    PartKind.SELLER: Seller,
    PartKind.MARKET: MarketPart,
    PartKind.PLAN: PlanPart,
    PartKind.TAX: TaxPart,
}
_PARTS_KEPT: Final = 4_096


def tax_code(market_code: str, category: str) -> str:
    """Name the part that holds the rates of a category in a market."""
    return f"{market_code}/{category}"


def parts_of(catalog: Catalog) -> tuple[NewPart, ...]:
    """Write everything that documents say of a catalog."""
    taxes: dict[str, list[TaxRate]] = {}
    for rate in sorted(catalog.tax_rates, key=lambda one: one.valid_from):
        taxes.setdefault(tax_code(rate.market_code, rate.category), []).append(rate)
    return (
        *(_part(PartKind.SELLER, one.code, _seller(one)) for one in catalog.sellers),
        *(_part(PartKind.MARKET, one.code, _market(one)) for one in catalog.markets),
        *(_part(PartKind.PLAN, one.code, _plan(one)) for one in catalog.plans),
        *(_part(PartKind.TAX, code, _tax(rates)) for code, rates in taxes.items()),
    )


def _part(kind: PartKind, code: str, part: Seller | _Part) -> NewPart:
    body = encode(part) if isinstance(part, Seller) else _ENCODER.encode(part)
    return NewPart(kind, code, sha256(body).digest(), body)


def _seller(seller: PublishedSeller) -> Seller:
    return Seller(
        code=seller.code,
        name=clean(seller.name),
        legal_name=clean(seller.legal_name),
        address=Address(
            line1=clean(seller.address.line1),
            line2=_cleaned(seller.address.line2),
            postal_code=_cleaned(seller.address.postal_code),
            city=clean(seller.address.city),
            region=_cleaned(seller.address.region),
            country=seller.country,
        ),
        tax_id=seller.tax_id,
        registration=_cleaned(seller.registration),
        email=seller.email,
        website=seller.website,
        colour=seller.colour,
        logo=seller.logo,
    )


def _cleaned(text: str | None) -> str | None:
    return None if text is None else clean(text)


def _market(market: Market) -> MarketPart:
    return MarketPart(
        behavior=market.tax_behavior,
        simplified_up_to=market.simplified_up_to_minor,
        mode=market.rounding_mode,
        target=market.rounding_target,
        components=market.rounding_components,
    )


def _plan(plan: Plan) -> PlanPart:
    return PlanPart(name=clean(plan.name))


def _tax(rates: Iterable[TaxRate]) -> TaxPart:
    return TaxPart(
        rates=tuple(
            RatePart(
                valid_from=rate.valid_from.isoformat(),
                rate_ppm=rate.rate_ppm,
                treatment=Treatment(rate.treatment),
                name=_cleaned(rate.name),
                reason=_cleaned(rate.reason),
                components=tuple(
                    ComponentPart(name=clean(one.name), rate_ppm=one.rate_ppm)
                    for one in rate.components
                ),
            )
            for rate in rates
        )
    )


@lru_cache(maxsize=_PARTS_KEPT)
def _read(kind: PartKind, body: bytes) -> Seller | MarketPart | PlanPart | TaxPart:
    """Read a part; the same bytes are the same part, so few are ever read twice."""
    part: Seller | MarketPart | PlanPart | TaxPart = msgspec.json.decode(body, type=_KINDS[kind])
    return part


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts as they stood in the releases they were asked for."""

    by_place: Mapping[tuple[str, str, int], PartRow]

    @classmethod
    def of(cls, rows: Iterable[PartRow]) -> Self:
        """Index what was read; a part that is missing is a defect and shows itself when asked."""
        return cls({(row.kind, row.code, row.release_no): row for row in rows})

    def seller(self, code: str, release_no: int) -> Seller:
        """Return a seller."""
        return self._get(Seller, PartKind.SELLER, code, release_no)

    def seller_hash(self, code: str, release_no: int) -> str:
        """Return the hash that bodies name a seller by, in hexadecimal digits."""
        return self.by_place[PartKind.SELLER, code, release_no].hash.hex()

    def market(self, code: str, release_no: int) -> MarketPart:
        """Return a market."""
        return self._get(MarketPart, PartKind.MARKET, code, release_no)

    def plan(self, code: str, release_no: int) -> PlanPart:
        """Return a plan."""
        return self._get(PlanPart, PartKind.PLAN, code, release_no)

    def rate(
        self, market_code: str, category: str, release_no: int, *, rate_ppm: int, on: date
    ) -> RatePart:
        """Return what a line was taxed by: of the rates of its size, the one in force on a day."""
        part = self._get(TaxPart, PartKind.TAX, tax_code(market_code, category), release_no)
        same = [one for one in part.rates if one.rate_ppm == rate_ppm]
        day = on.isoformat()
        begun = [one for one in same if one.valid_from <= day] or same
        if not begun:  # it was published between the release and the line's own statement
            treatment = Treatment.STANDARD if rate_ppm else Treatment.ZERO
            return RatePart(valid_from=day, rate_ppm=rate_ppm, treatment=treatment)
        return begun[-1]

    def _get(self, of: type[P], kind: PartKind, code: str, release_no: int) -> P:
        part = _read(kind, self.by_place[kind, code, release_no].body)
        assert isinstance(part, of), part
        return part
