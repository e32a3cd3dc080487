"""What is published, as a person reads it: plans with their phases, and prices by market."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledgerline.base.calendar import local_date
from ledgerline.catalog.model import SETUP, Catalog, PhaseKind, Plan, Price, Product
from ledgerline.catalog.rules.offers import phases_by_plan
from ledgerline.catalog.rules.wording import add_ons_by_plan, phases_text


@dataclass(frozen=True, slots=True)
class ListedPrice:
    """The prices of one place: the one in force, None if none is yet, and those to come."""

    phase: PhaseKind | None
    component: str
    market_code: str
    in_force: Price | None
    coming: tuple[Price, ...]


@dataclass(frozen=True, slots=True)
class ListedPlan:
    """A plan as it is sold: ``phases`` in words, ``add_ons`` the codes of what goes with it."""

    plan: Plan
    product: Product
    phases: str
    add_ons: Sequence[str]
    prices: tuple[ListedPrice, ...]


def listing(catalog: Catalog, *, now: datetime) -> tuple[ListedPlan, ...]:
    """List every plan with its prices on the day that ``now`` is in each market.

    A trial costs nothing and has no price here; a fee belongs to no phase.
    """
    products = {product.code: product for product in catalog.products}
    phases = phases_by_plan(catalog.phases)
    add_ons = add_ons_by_plan(catalog)
    listed = list(_prices(catalog, now))
    return tuple(
        ListedPlan(
            plan=plan,
            product=products[plan.product_code],
            phases=phases_text(phases.get(plan.code, ())),
            add_ons=add_ons.get(plan.code, ()),
            prices=tuple(price for code, price in listed if code == plan.code),
        )
        for plan in catalog.plans
    )


def _prices(catalog: Catalog, now: datetime) -> Iterator[tuple[str, ListedPrice]]:
    kinds: Mapping[tuple[str, int], PhaseKind] = {
        (phase.plan_code, phase.no): phase.kind for phase in catalog.phases
    }
    zones = {market.code: market.zone for market in catalog.markets}
    by_place: dict[tuple[str, int, str, str, str], list[Price]] = {}
    for price in sorted(catalog.prices, key=lambda one: (one.place, one.valid_from)):
        by_place.setdefault(price.place, []).append(price)
    for (plan_code, phase_no, component, market_code, _), of_place in by_place.items():
        kind = None if component == SETUP else kinds[plan_code, phase_no]
        if kind is PhaseKind.TRIAL:
            continue
        today = local_date(now, zones[market_code])
        begun = [price for price in of_place if price.valid_from <= today]
        yield (
            plan_code,
            ListedPrice(
                phase=kind,
                component=component,
                market_code=market_code,
                in_force=begun[-1] if begun else None,
                coming=tuple(price for price in of_place if price.valid_from > today),
            ),
        )
