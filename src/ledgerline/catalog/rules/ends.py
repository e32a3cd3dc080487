"""Judge where the end of collection leads: a downgrade goes to a plan that costs nothing."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from ledgerline.catalog.model import (
    SETUP,
    Catalog,
    EndPolicy,
    Market,
    PhaseKind,
    Plan,
    PlanStatus,
    ProductKind,
)
from ledgerline.catalog.rules.findings import Finding, error, warning

_INSTEAD: Final = "nobody agreed to pay it: name a plan that is free there"


def free_plans(catalog: Catalog) -> frozenset[str]:
    """Name the plans that may cost nothing: those of one phase that are sold by themselves."""
    base = {one.code for one in catalog.products if one.kind is ProductKind.BASE}
    return frozenset(
        plan.code
        for plan in catalog.plans
        if plan.product_code in base and _kinds(catalog, plan) == [PhaseKind.EVERGREEN]
    )


def unasked(catalog: Catalog) -> Iterator[Finding]:
    """Warn of what costs nothing though no market downgrades to it: it may be a slip of the pen."""
    named = {code for market in catalog.markets for code in market.collection.end_plans}
    gratis = free_plans(catalog) - named
    for price in catalog.prices:
        if price.unit == 0 and price.plan_code in gratis:
            message = "costs nothing, and no market downgrades to the plan"
            yield warning("price_free", price.key, message=message)


def _kinds(catalog: Catalog, plan: Plan) -> list[PhaseKind]:
    return [phase.kind for phase in catalog.phases if phase.plan_code == plan.code]


def downgrades(catalog: Catalog) -> Iterator[Finding]:
    """Find downgrades that some subscription could not take, or that would charge somebody.

    Each market that downgrades names one plan for each family it sells: a base plan on sale, free
    from the first day on, without trial, introduction and fee. Its cadence may be another one.
    """
    for market in catalog.markets:
        if market.collection.end is EndPolicy.DOWNGRADE:
            key = f"markets.{market.code}.collection.end"
            yield from _unknown(catalog, market, key)
            for message in _illegal(catalog, market):
                yield error("downgrade_illegal", key, message=message)


def _unknown(catalog: Catalog, market: Market, key: str) -> Iterator[Finding]:
    known = {plan.code for plan in catalog.plans}
    for code in market.collection.end_plans:
        if code not in known:
            yield error("unknown_reference", key, message=f"{key} names {code!r}, unknown here")


def _illegal(catalog: Catalog, market: Market) -> Iterator[str]:
    family = {product.code: product.family for product in catalog.products}
    named = [plan for plan in catalog.plans if plan.code in market.collection.end_plans]
    for plan in named:
        for fault in _faults(catalog, market, plan):
            yield f"cannot be {plan.code}: {fault}"
    families = Counter(family.get(plan.product_code) for plan in named)
    for name, times in families.items():
        if times > 1:
            yield f"names {times} plans of family {name}: name one"
    for name in sorted(_sold(catalog, market) - families.keys()):
        yield f"names no plan of family {name}, which {market.code} sells"


def _sold(catalog: Catalog, market: Market) -> set[str]:
    """Name the families of what is sold by itself in a market."""
    priced = {price.plan_code for price in catalog.prices if price.market_code == market.code}
    product_of = {plan.code: plan.product_code for plan in catalog.plans}
    base = {one.code: one.family for one in catalog.products if one.kind is ProductKind.BASE}
    found = (base.get(product_of.get(code, "")) for code in priced)
    return {family for family in found if family is not None}


def _faults(catalog: Catalog, market: Market, plan: Plan) -> Iterator[str]:
    kind = {product.code: product.kind for product in catalog.products}
    if kind.get(plan.product_code) is not ProductKind.BASE:
        yield "it is bought with another plan"
    if plan.status is not PlanStatus.ON_SALE:
        yield f"it is {plan.status}"
    if _kinds(catalog, plan) != [PhaseKind.EVERGREEN]:
        yield "it has more than one phase"
    prices = [
        price
        for price in catalog.prices
        if (price.plan_code, price.market_code) == (plan.code, market.code)
    ]
    if not any(price.component != SETUP for price in prices):
        yield f"it has no price in {market.code}"
    if any(price.unit for price in prices):
        yield f"it costs something in {market.code}, and {_INSTEAD}"
