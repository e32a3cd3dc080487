"""Row types of the catalog tables: their fields are columns, in name and order."""

import json
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Final, NamedTuple

from ledgerline.base.calendar import Unit
from ledgerline.base.ids import PriceId
from ledgerline.base.money import RoundingMode
from ledgerline.catalog.model import (
    AddOnRule,
    Collection,
    Coupon,
    EndPolicy,
    Market,
    PhaseKind,
    Plan,
    PlanAudience,
    PlanPhase,
    PlanStatus,
    PostalAddress,
    Price,
    Product,
    ProductKind,
    RoundingComponents,
    RoundingTarget,
    Seller,
    TaxBehavior,
)

_ADDRESS: Final = fields(PostalAddress)


class PriceRow(NamedTuple):
    """A price with what its plan, product, market and seller say in the newest release."""

    id: PriceId
    plan_code: str
    phase_no: int
    component: str
    market_code: str
    currency: str
    unit_num: int
    unit_den: int
    tax_behavior: str
    valid_from: date
    plan_name: str
    product_code: str
    product_kind: str
    cadence_count: int
    cadence_unit: str
    status: str
    family: str
    tax_category: str
    seller_code: str
    market_zone: str
    seller_zone: str
    release_no: int
    rounding_mode: str
    rounding_target: str
    rounding_components: str
    grace_days: int


class MarketRow(NamedTuple):
    """One market; ``renewal_notice_days`` are numbers with commas between."""

    code: str
    currency: str
    seller_code: str
    zone: str
    locale: str
    tax_behavior: str
    rounding_mode: str
    rounding_target: str
    rounding_components: str
    simplified_up_to_minor: int | None
    trial_notice_days: int
    renewal_notice_days: str

    @classmethod
    def of(cls, market: Market) -> "MarketRow":
        """Write a market as a row; how it collects is a row of its own."""
        days = ",".join(map(str, market.renewal_notice_days))
        said = asdict(market) | {"renewal_notice_days": days}
        return cls._make(said[name] for name in cls._fields)

    def value(self, collection: Collection) -> Market:
        """Give the row as a value, with how the market collects."""
        return Market(
            **self._asdict()
            | {
                "collection": collection,
                "tax_behavior": TaxBehavior(self.tax_behavior),
                "rounding_mode": RoundingMode(self.rounding_mode),
                "rounding_target": RoundingTarget(self.rounding_target),
                "rounding_components": RoundingComponents(self.rounding_components),
                "renewal_notice_days": tuple(
                    int(days) for days in self.renewal_notice_days.split(",") if days
                ),
            }
        )


class MarketTextRow(NamedTuple):
    """What a buyer in a market is told or has to confirm: a version of a text in one language."""

    market_code: str
    kind: str
    language: str
    version: str
    valid_from: date
    body: str
    link: str | None
    is_reviewed: bool
    loaded_at: datetime


class CollectionRow(NamedTuple):
    """A version of how a market collects; lists are JSON texts."""

    market_code: str
    version: int
    retry_days: str
    tries_max: int
    collect_days: int
    grace_days: int
    reminder_days: str
    paydays: str
    end_policy: str
    end_plans: str
    learned_days: str
    learned_collect_days: int
    try_cost_minor: int

    @classmethod
    def of(cls, market_code: str, version: int, said: Collection) -> "CollectionRow":
        """Write a value as a version of a market's policy."""
        return cls(
            market_code=market_code,
            version=version,
            retry_days=json.dumps(said.retry_days),
            tries_max=said.tries_max,
            collect_days=said.collect_days,
            grace_days=said.grace_days,
            reminder_days=json.dumps(said.reminder_days),
            paydays=json.dumps(said.paydays),
            end_policy=said.end,
            end_plans=json.dumps(said.end_plans),
            learned_days=json.dumps(said.learned_days),
            learned_collect_days=said.learned_collect_days,
            try_cost_minor=said.try_cost_minor,
        )

    def value(self) -> Collection:
        """Give the row as a value."""
        return Collection(
            retry_days=tuple(json.loads(self.retry_days)),
            tries_max=self.tries_max,
            collect_days=self.collect_days,
            grace_days=self.grace_days,
            reminder_days=tuple(json.loads(self.reminder_days)),
            paydays=tuple(json.loads(self.paydays)),
            end=EndPolicy(self.end_policy),
            end_plans=tuple(json.loads(self.end_plans)),
            learned_days=tuple(json.loads(self.learned_days)),
            learned_collect_days=self.learned_collect_days,
            try_cost_minor=self.try_cost_minor,
        )


class SellerZoneRow(NamedTuple):
    """In which zone a seller keeps its books; ``release_no`` is the newest of the catalog."""

    code: str
    zone: str
    release_no: int


class SellerCodeRow(NamedTuple):
    """A seller by its code."""

    code: str


class ReleaseRow(NamedTuple):
    """A load of the catalog that changed what documents say."""

    no: int
    loaded_at: datetime


class PartRow(NamedTuple):
    """What documents say of one seller, market, plan or tax from a release on.

    ``hash`` is the SHA-256 of ``body``, which is canonical JSON.
    """

    kind: str
    code: str
    release_no: int
    hash: bytes
    body: bytes


class AskedPartRow(NamedTuple):
    """A part as it stood in a release."""

    kind: str
    code: str
    release_no: int


class PlanRow(NamedTuple):
    """One plan."""

    code: str
    product_code: str
    name: str
    audience: str
    cadence_count: int
    cadence_unit: str
    members_max: int
    status: str

    def value(self) -> Plan:
        """Give the row as a value."""
        return Plan(
            **self._asdict()
            | {
                "audience": PlanAudience(self.audience),
                "cadence_unit": Unit(self.cadence_unit),
                "status": PlanStatus(self.status),
            }
        )


class PhaseRow(NamedTuple):
    """One phase of a plan; an evergreen one has no length."""

    plan_code: str
    no: int
    kind: str
    length_count: int | None
    length_unit: str | None

    def value(self) -> PlanPhase:
        """Give the row as a value."""
        return PlanPhase(
            **self._asdict()
            | {
                "kind": PhaseKind(self.kind),
                "length_unit": self.length_unit and Unit(self.length_unit),
            }
        )


class AddOnRuleRow(NamedTuple):
    """An add-on plan that can be bought with a base plan."""

    base_plan_code: str
    add_on_plan_code: str

    def value(self) -> AddOnRule:
        """Give the row as a value."""
        return AddOnRule(**self._asdict())


class CouponRow(NamedTuple):
    """One coupon: a percentage or an amount, for ``periods`` periods or for ever."""

    code: str
    percent_ppm: int | None
    amount_minor: int | None
    currency: str | None
    periods: int | None

    def value(self) -> Coupon:
        """Give the row as a value."""
        return Coupon(**self._asdict())


class SellerRow(NamedTuple):
    """One seller; its address lies in columns of its own."""

    code: str
    name: str
    legal_name: str
    country: str
    zone: str
    line1: str
    line2: str | None
    postal_code: str | None
    city: str
    region: str | None
    tax_id: str | None
    registration: str | None
    email: str | None
    website: str | None
    colour: str | None
    logo: str | None

    @classmethod
    def of(cls, seller: Seller) -> "SellerRow":
        """Make the row of a value."""
        own = {one.name: getattr(seller, one.name) for one in fields(seller)}
        del own["address"]
        return cls(**own, **asdict(seller.address))

    def value(self) -> Seller:
        """Give the row as a value."""
        said = self._asdict()
        address = PostalAddress(**{field.name: said.pop(field.name) for field in _ADDRESS})
        return Seller(address=address, **said)


class ProductRow(NamedTuple):
    """One product."""

    code: str
    family: str
    name: str
    tax_category: str
    kind: str

    def value(self) -> Product:
        """Give the row as a value."""
        return Product(**self._asdict() | {"kind": ProductKind(self.kind)})


class PublishedPriceRow(NamedTuple):
    """A price that is on sale: no subscription owns it."""

    id: PriceId
    plan_code: str
    phase_no: int
    component: str
    market_code: str
    channel: str
    currency: str
    unit_num: int
    unit_den: int
    tax_behavior: str
    valid_from: date

    def value(self) -> Price:
        """Give the row as a value."""
        return Price(**self._asdict() | {"tax_behavior": TaxBehavior(self.tax_behavior)})
