"""Small catalogs as values: one seller, one market, the plans a scenario needs."""

from datetime import date
from typing import Final, NamedTuple

from ledgerline.base.calendar import Cadence, Unit
from ledgerline.base.money import Currency, RoundingMode
from ledgerline.catalog.model import (
    BASE,
    SETUP,
    AddOnRule,
    Catalog,
    Coupon,
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
    Seller,
    Series,
    SeriesKind,
    TaxBehavior,
    TaxComponent,
    TaxRate,
    TaxTreatment,
    price_id,
)

MARKET: Final = "XX"
MONTHLY: Final = Cadence(1, Unit.MONTH)
YEARLY: Final = Cadence(1, Unit.YEAR)
WEEKLY: Final = Cadence(1, Unit.WEEK)
_BEGIN: Final = date(2000, 1, 1)


class Intro(NamedTuple):
    """Another price for the first so many units of the plan's cadence."""

    length: int
    amount_minor: int


class Offer(NamedTuple):
    """A plan and its prices; an add-on's plan and product have one code, which is its component."""

    plan: str
    amount_minor: int
    cadence: Cadence = MONTHLY
    family: str = "music"
    trial_days: int = 0
    intro: Intro | None = None
    fee_minor: int = 0
    add_ons: tuple[str, ...] = ()
    kind: ProductKind = ProductKind.BASE

    def phases(self) -> tuple[PlanPhase, ...]:
        """Lay out the phases: a trial if there is one, an intro if there is one, evergreen."""
        kinds: list[tuple[PhaseKind, int | None, Unit | None]] = []
        if self.trial_days:
            kinds.append((PhaseKind.TRIAL, self.trial_days, Unit.DAY))
        if self.intro:
            kinds.append((PhaseKind.INTRO, self.intro.length, self.cadence.unit))
        kinds.append((PhaseKind.EVERGREEN, None, None))
        return tuple(
            PlanPhase(self.plan, no, kind, length_count=count, length_unit=unit)
            for no, (kind, count, unit) in enumerate(kinds, 1)
        )

    def amounts(self) -> list[tuple[int, str, int]]:
        """Give each price as phase, component and minor units."""
        component = BASE if self.kind is ProductKind.BASE else self.plan
        of_kind = {
            PhaseKind.TRIAL: 0,
            PhaseKind.INTRO: self.intro.amount_minor if self.intro else 0,
            PhaseKind.EVERGREEN: self.amount_minor,
        }
        recurring = [(phase.no, component, of_kind[phase.kind]) for phase in self.phases()]
        return [*recurring, *([(1, SETUP, self.fee_minor)] if self.fee_minor else [])]


class Place(NamedTuple):
    """Where it is sold: currency, zone of customers and seller, and how prices state tax."""

    currency: str = "EUR"
    zone: str = "Europe/Berlin"
    behavior: TaxBehavior = TaxBehavior.INCLUSIVE
    rate_ppm: int = 0
    components: tuple[TaxComponent, ...] = ()
    mode: RoundingMode = RoundingMode.HALF_UP
    rounds: RoundingComponents = RoundingComponents.SEPARATE

    @property
    def treatment(self) -> TaxTreatment:
        """Why it is taxed so."""
        return TaxTreatment.STANDARD if self.rate_ppm else TaxTreatment.NOT_SUBJECT


HOME: Final = Place()


def small_catalog(*offers: Offer, place: Place = HOME, coupons: tuple[Coupon, ...] = ()) -> Catalog:
    """Build a catalog of some plans, each of a product of its own."""
    currency = Currency(place.currency)
    return Catalog(
        sellers=(_seller(place),),
        markets=(
            Market(
                code=MARKET,
                currency=currency,
                seller_code="acme",
                zone=place.zone,
                locale="en-GB",
                tax_behavior=place.behavior,
                rounding_mode=place.mode,
                rounding_components=place.rounds,
            ),
        ),
        products=tuple(_product(offer) for offer in offers),
        plans=tuple(_plan(offer) for offer in offers),
        phases=tuple(phase for offer in offers for phase in offer.phases()),
        add_on_rules=tuple(
            AddOnRule(offer.plan, add_on) for offer in offers for add_on in offer.add_ons
        ),
        prices=tuple(price for offer in offers for price in _prices(offer, place)),
        coupons=coupons,
        tax_rates=(
            TaxRate(
                market_code=MARKET,
                category="digital_services",
                valid_from=date(2000, 1, 1),
                rate_ppm=place.rate_ppm,
                source="for tests",
                treatment=place.treatment,
                components=place.components,
            ),
        ),
        series=tuple(
            Series("acme", kind, f"{kind[0].upper()}-{{yyyy}}-{{n:04}}") for kind in SeriesKind
        ),
    )


def _plan(offer: Offer) -> Plan:
    return Plan(
        code=offer.plan,
        product_code=offer.plan,
        name=offer.plan,
        audience=PlanAudience.INDIVIDUAL,
        cadence_count=offer.cadence.count,
        cadence_unit=offer.cadence.unit,
        members_max=1,
        status=PlanStatus.ON_SALE,
    )


def _product(offer: Offer) -> Product:
    return Product(
        code=offer.plan,
        family=offer.family,
        name=offer.plan,
        tax_category="digital_services",
        kind=offer.kind,
    )


def _prices(offer: Offer, place: Place) -> list[Price]:
    return [
        Price(
            id=price_id(
                offer.plan, phase_no=phase_no, component=component, market_code=MARKET,
                valid_from=_BEGIN,
            ),
            plan_code=offer.plan,
            phase_no=phase_no,
            component=component,
            market_code=MARKET,
            currency=Currency(place.currency),
            unit_num=minor,
            unit_den=1,
            tax_behavior=place.behavior,
            valid_from=_BEGIN,
        )
        for phase_no, component, minor in offer.amounts()
    ]  # fmt: skip


def _seller(place: Place) -> Seller:
    return Seller(
        code="acme",
        name="Acme",
        legal_name="Acme Ltd",
        country="SE",
        zone=place.zone,
        address=PostalAddress("Street 1", "Stockholm"),
        tax_id="SE1",
    )
