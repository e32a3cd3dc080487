"""Small catalogs as values: one seller, one market, the plans a scenario needs."""

from datetime import date
from typing import Final, NamedTuple

from ledgerline.base.calendar import Cadence, Unit
from ledgerline.base.money import Currency
from ledgerline.catalog.model import (
    Catalog,
    Coupon,
    Market,
    Plan,
    PlanAudience,
    Price,
    Product,
    Seller,
    Series,
    SeriesKind,
    TaxBehavior,
    TaxRate,
    price_id,
)

MARKET: Final = "XX"
MONTHLY: Final = Cadence(1, Unit.MONTH)
YEARLY: Final = Cadence(1, Unit.YEAR)
WEEKLY: Final = Cadence(1, Unit.WEEK)
_BEGIN: Final = date(2020, 1, 1)


class Offer(NamedTuple):
    """A plan and its one price."""

    plan: str
    amount_minor: int
    cadence: Cadence = MONTHLY
    family: str = "music"
    trial_days: int = 0


class Place(NamedTuple):
    """Where it is sold: currency, zone of customers and seller, and how prices state tax."""

    currency: str = "EUR"
    zone: str = "Europe/Berlin"
    behavior: TaxBehavior = TaxBehavior.INCLUSIVE
    rate_ppm: int = 0


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
            ),
        ),
        products=tuple(Product(o.plan, o.family, o.plan, "digital_services") for o in offers),
        plans=tuple(_plan(offer) for offer in offers),
        prices=tuple(
            Price(
                id=price_id(o.plan, MARKET, valid_from=_BEGIN),
                plan_code=o.plan,
                market_code=MARKET,
                currency=currency,
                amount_minor=o.amount_minor,
                tax_behavior=place.behavior,
                valid_from=_BEGIN,
            )
            for o in offers
        ),
        coupons=coupons,
        tax_rates=(
            TaxRate(
                market_code=MARKET,
                category="digital_services",
                valid_from=date(2000, 1, 1),
                rate_ppm=place.rate_ppm,
                source="for tests",
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
        trial_days=offer.trial_days,
        members_max=1,
        on_sale=True,
    )


def _seller(place: Place) -> Seller:
    return Seller(
        code="acme",
        name="Acme",
        legal_name="Acme Ltd",
        country="SE",
        zone=place.zone,
        address="Street 1",
        tax_id="SE1",
    )
