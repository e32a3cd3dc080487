"""Judge what can be bought: phases in their order, add-ons with their bases, a price for each."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from ledgerline.base.calendar import Unit
from ledgerline.catalog.model import (
    BASE,
    SETUP,
    Catalog,
    PhaseKind,
    Plan,
    PlanPhase,
    PlanStatus,
    ProductKind,
)
from ledgerline.catalog.rules.findings import Finding, error

TRIAL_DAYS_MAX: Final = 365


def phases_by_plan(phases: Iterable[PlanPhase]) -> Mapping[str, Sequence[PlanPhase]]:
    """Arrange phases by the code of their plan, each list by number."""
    found: dict[str, list[PlanPhase]] = defaultdict(list)
    for phase in sorted(phases, key=lambda one: (one.plan_code, one.no)):
        found[phase.plan_code].append(phase)
    return found


def phases(catalog: Catalog) -> Iterator[Finding]:
    """Find phases that do not follow one another from 1, or that nobody could be billed by."""
    of_plans = phases_by_plan(catalog.phases)
    for plan in catalog.plans:
        of_plan = of_plans.get(plan.code, ())
        key = f"plans.{plan.code}.phases"
        if [phase.no for phase in of_plan] != list(range(1, len(of_plan) + 1)) or not of_plan:
            yield error("phases_not_contiguous", key, message=f"{plan.code}: phases count from 1")
            continue
        for phase in of_plan:
            at = f"{key}[{phase.no - 1}]"
            fault = _phase_fault(plan, phase, last=len(of_plan))
            if fault:
                yield error("phase_illegal", at, message=f"{plan.code}: {fault}")
        if sum(phase.kind is PhaseKind.INTRO for phase in of_plan) > 1:
            message = f"{plan.code}: one intro phase, or its prices could not be told apart"
            yield error("phase_illegal", key, message=message)


def _phase_fault(plan: Plan, phase: PlanPhase, *, last: int) -> str:
    if phase.kind is PhaseKind.FIXED:
        return "a fixed phase ends the subscription and is not sold yet: end in evergreen"
    if (phase.kind is PhaseKind.EVERGREEN) != (phase.no == last):
        return "the last phase is evergreen, and no other"
    if phase.kind is PhaseKind.TRIAL:
        return _trial_fault(phase)
    if phase.kind is PhaseKind.INTRO:
        whole = phase.length_unit == plan.cadence_unit and (phase.length_count or 0) > 0
        if not whole or (phase.length_count or 0) % plan.cadence_count:
            every = f"{plan.cadence_count} {plan.cadence_unit}"
            return f"an intro lasts whole cadences of its plan, here a multiple of {every}"
    return ""


def _trial_fault(phase: PlanPhase) -> str:
    if phase.no != 1:
        return "a trial comes first"
    if phase.length_unit is not Unit.DAY or not 0 < (phase.length_count or 0) <= TRIAL_DAYS_MAX:
        return f"a trial lasts from 1 to {TRIAL_DAYS_MAX} days"
    return ""


def add_ons(catalog: Catalog) -> Iterator[Finding]:
    """Find add-ons that could not be billed with their base, and those that have none."""
    plans = {plan.code: plan for plan in catalog.plans}
    kinds = {product.code: product.kind for product in catalog.products}
    for product in catalog.products:
        if product.kind is ProductKind.ADD_ON and product.code in {BASE, SETUP}:
            message = f"{product.code} is the name of a component of every plan"
            yield error("product_code_taken", f"products.{product.code}", message=message)
    for rule in catalog.add_on_rules:
        base, add_on = plans.get(rule.base_plan_code), plans.get(rule.add_on_plan_code)
        if base and add_on:
            key = f"plans.{base.code}.add_ons"
            for message in _pair_faults(base, add_on, kinds):
                yield error("add_on_misfit", key, message=message)
    yield from _alone(catalog, kinds)


def _pair_faults(base: Plan, add_on: Plan, kinds: Mapping[str, ProductKind]) -> Iterator[str]:
    if kinds.get(base.product_code) is ProductKind.ADD_ON:
        yield f"{base.code} is an add-on itself and has none"
    if kinds.get(add_on.product_code) is ProductKind.BASE:
        yield f"{add_on.code} is no add-on: its product needs kind: add_on"
    if base.cadence != add_on.cadence:
        yield f"{add_on.code} has another cadence than {base.code}, and both are billed together"


def _alone(catalog: Catalog, kinds: Mapping[str, ProductKind]) -> Iterator[Finding]:
    of_plans = phases_by_plan(catalog.phases)
    named = {rule.add_on_plan_code for rule in catalog.add_on_rules}
    for plan in catalog.plans:
        if kinds.get(plan.product_code) is not ProductKind.ADD_ON:
            continue
        key = f"plans.{plan.code}"
        if any(phase.kind is PhaseKind.TRIAL for phase in of_plans.get(plan.code, ())):
            message = f"{plan.code}: an add-on has no trial of its own"
            yield error("add_on_trial", f"{key}.phases", message=message)
        if plan.status is PlanStatus.ON_SALE and plan.code not in named:
            message = f"{plan.code} is on sale, and no plan lists it under add_ons"
            yield error("add_on_without_base", key, message=message)


def coverage(catalog: Catalog) -> Iterator[Finding]:
    """Find plans on sale without a price, and phases and fees without one where others have it."""
    begins: dict[tuple[str, str], dict[tuple[int, str], date]] = defaultdict(dict)
    for price in catalog.prices:
        of_place = begins[price.plan_code, price.market_code]
        part = (price.phase_no, price.component)
        of_place[part] = min(price.valid_from, of_place.get(part, price.valid_from))
    priced = {plan_code for plan_code, _ in begins}
    of_plans = phases_by_plan(catalog.phases)
    products = {product.code: product for product in catalog.products}
    for plan in catalog.plans:
        if plan.status is PlanStatus.ON_SALE and plan.code not in priced:
            message = f"{plan.code} is on sale without a price in any market"
            yield error("price_missing", f"plans.{plan.code}", message=message)
        product = products.get(plan.product_code)
        add_on = product is not None and product.kind is ProductKind.ADD_ON
        component = plan.product_code if add_on else BASE
        for market in catalog.markets:
            of_place = begins.get((plan.code, market.code), {})
            for phase in of_plans.get(plan.code, ()) if of_place else ():
                first = min(of_place.values())
                if of_place.get((phase.no, component), date.max) > first:
                    message = (
                        f"{plan.code} has prices in {market.code} from {first} on,"
                        f" and none then for its {phase.kind} phase"
                    )
                    key = f"prices.{plan.code}.{phase.no}"
                    yield error("price_missing", key, message=message)
