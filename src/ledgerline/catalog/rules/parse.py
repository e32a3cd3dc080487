"""Read the text of a catalog into values, or refuse it with every mistake it has."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from ledgerline.catalog.model import (
    AddOnRule,
    Catalog,
    Coupon,
    PhaseKind,
    Plan,
    PlanAudience,
    PlanPhase,
    PlanStatus,
    Product,
    ProductKind,
    Series,
)
from ledgerline.catalog.rules import nodes, scalars
from ledgerline.catalog.rules.nodes import Spot
from ledgerline.catalog.rules.places import markets, sellers
from ledgerline.catalog.rules.price_entries import Known, prices
from ledgerline.catalog.rules.tax_entries import tax_rates

FORMAT: Final = "1"
MEMBERS_MAX: Final = 20
PERIODS_MAX: Final = 120

Fields = Mapping[str, Spot]

_PARTS: Final = (
    "format",
    "sellers",
    "markets",
    "products",
    "plans",
    "prices",
    "sources",
    "tax_rates",
    "coupons",
)


def parse(text: str) -> Catalog:
    """Read a catalog; raises ``CatalogInvalid`` with the line and dotted key of every mistake.

    What one row says is checked here, and that it names rows that exist; whether the rows make a
    catalog that can be sold from is for ``publish``. A trial costs nothing: its prices of zero are
    made here, one for each price of the phase after it.
    """
    whole = nodes.root(text)
    parts = whole.fields(*_PARTS)
    parts["format"].one_of((FORMAT,), what="format")
    series: list[Series] = []
    sold_by = sellers(parts["sellers"], series)
    places = markets(parts["markets"], sold_by)
    products = {code: _product(code, at) for code, at in scalars.coded(parts["products"]).items()}
    offered = {code: _plan_fields(spot) for code, spot in scalars.coded(parts["plans"]).items()}
    plans = {code: _plan(code, fields, products) for code, fields in offered.items()}
    phases = {code: _phases(code, fields.get("phases")) for code, fields in offered.items()}
    known = Known(markets=places, products=products, plans=plans, phases=phases)
    catalog = Catalog(
        sellers=tuple(sold_by.values()),
        markets=tuple(places.values()),
        products=tuple(products.values()),
        plans=tuple(plans.values()),
        phases=tuple(phase for of_plan in phases.values() for phase in of_plan),
        add_on_rules=tuple(_add_on_rules(offered)),
        prices=prices(parts["prices"], known),
        coupons=_coupons(parts["coupons"]),
        tax_rates=tax_rates(parts["tax_rates"], known, sources=_sources(parts["sources"])),
        series=tuple(series),
        lines=MappingProxyType(whole.notes.lines),
    )
    nodes.refuse(whole.notes.problems)
    return catalog


def _product(code: str, spot: Spot) -> Product:
    fields = spot.fields("family", "name", "tax_category", optional=("kind",))
    kind = fields.get("kind")
    return Product(
        code=code,
        family=fields["family"].matching(scalars.CODE, wanted=scalars.CODE_WORDS),
        name=fields["name"].text(),
        tax_category=fields["tax_category"].matching(scalars.CODE, wanted=scalars.CODE_WORDS),
        kind=kind.choice(ProductKind) if kind else ProductKind.BASE,
    )


def _plan_fields(spot: Spot) -> Fields:
    return spot.fields(
        "product", "name", "audience", "cadence", "members_max", "status",
        optional=("phases", "add_ons"),
    )  # fmt: skip


def _plan(code: str, fields: Fields, products: Mapping[str, Product]) -> Plan:
    count, unit = scalars.cadence(fields["cadence"])
    return Plan(
        code=code,
        product_code=fields["product"].one_of(products, what="product"),
        name=fields["name"].text(),
        audience=fields["audience"].choice(PlanAudience),
        cadence_count=count,
        cadence_unit=unit,
        members_max=fields["members_max"].integer(least=1, most=MEMBERS_MAX),
        status=fields["status"].choice(PlanStatus),
    )


def _phases(plan_code: str, spot: Spot | None) -> tuple[PlanPhase, ...]:
    if spot is None:
        return (PlanPhase(plan_code, 1, PhaseKind.EVERGREEN),)
    phases = tuple(_phase(plan_code, no, item) for no, item in enumerate(spot.items(), 1))
    if not phases:
        spot.note("must name at least one phase, such as evergreen")
    return phases


def _phase(plan_code: str, no: int, item: Spot) -> PlanPhase:
    name, value = item.named()
    if name and name not in set(PhaseKind):
        item.note(f"names an unknown phase: {name!r}; known are {', '.join(PhaseKind)}")
        name = ""
    kind = PhaseKind(name or PhaseKind.EVERGREEN)
    if name and (kind is PhaseKind.EVERGREEN) != (value is None):
        endless = kind is PhaseKind.EVERGREEN
        item.note("has no length" if endless else f"needs its length, such as {kind}: 30 days")
        value = None
    count, unit = scalars.length(value) if value else (None, None)
    return PlanPhase(plan_code, no, kind, length_count=count, length_unit=unit)


def _add_on_rules(plans: Mapping[str, Fields]) -> Iterable[AddOnRule]:
    for code, fields in plans.items():
        listed = fields.get("add_ons")
        met: set[str] = set()
        for item in listed.items() if listed else ():
            add_on = item.one_of(plans, what="plan")
            if add_on in met:
                item.note(f"is named twice: {add_on}")
            elif add_on:
                met.add(add_on)
                yield AddOnRule(code, add_on)


def _sources(part: Spot) -> dict[str, str]:
    return {code: spot.text() for code, spot in scalars.coded(part).items()}


def _coupons(part: Spot) -> tuple[Coupon, ...]:
    codes = scalars.coded(part, scalars.COUPON, wanted=scalars.COUPON_WORDS)
    return tuple(_coupon(code, spot) for code, spot in codes.items())


def _coupon(code: str, spot: Spot) -> Coupon:
    fields = spot.fields(optional=("percent", "amount", "currency", "periods"))
    percent, amount, currency = (fields.get(name) for name in ("percent", "amount", "currency"))
    if (percent is None) == (amount is None):
        spot.note("must have either a percent or an amount")
    if (amount is None) != (currency is None):
        spot.note("must have an amount and a currency together")
    periods = fields.get("periods")
    unit = scalars.currency(currency) if currency else None
    percent_ppm = scalars.percent(percent) if percent else None
    if percent and percent_ppm == 0:
        percent.note("must be above zero")
    return Coupon(
        code=code,
        percent_ppm=percent_ppm,
        amount_minor=scalars.amount(amount, unit) if amount and unit else None,
        currency=unit,
        periods=periods.integer(least=1, most=PERIODS_MAX) if periods else None,
    )
