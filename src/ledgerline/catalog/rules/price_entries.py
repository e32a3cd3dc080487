"""Read the prices of a catalog's text: phase and component of each entry, and its amounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from ledgerline.base.ids import PriceId
from ledgerline.catalog.model import (
    BASE,
    SETUP,
    Market,
    PhaseKind,
    Plan,
    PlanPhase,
    Price,
    Product,
    ProductKind,
    price_id,
)
from ledgerline.catalog.rules import scalars
from ledgerline.catalog.rules.nodes import Spot

_PRICED = (PhaseKind.INTRO, PhaseKind.EVERGREEN)  # phases an entry may name; a trial costs nothing


@dataclass(frozen=True, slots=True)
class Known:
    """The rows a later part of the text may name, by code; phases by the code of their plan."""

    markets: Mapping[str, Market]
    products: Mapping[str, Product]
    plans: Mapping[str, Plan]
    phases: Mapping[str, Sequence[PlanPhase]]


@dataclass(frozen=True, slots=True)
class _Entry:
    """What one entry says of all its amounts."""

    plan_code: str
    phase_no: int
    component: str
    valid_from: date

    def price(self, market: Market, unit: Fraction) -> Price:
        id = price_id(
            self.plan_code, phase_no=self.phase_no, component=self.component,
            market_code=market.code, valid_from=self.valid_from,
        )  # fmt: skip
        return Price(
            id=id,
            plan_code=self.plan_code,
            phase_no=self.phase_no,
            component=self.component,
            market_code=market.code,
            currency=market.currency,
            unit_num=unit.numerator,
            unit_den=unit.denominator,
            tax_behavior=market.tax_behavior,
            valid_from=self.valid_from,
        )


def prices(part: Spot, known: Known) -> tuple[Price, ...]:
    """Read all prices, each followed by the zero of the trial before its phase, if there is one."""
    found: dict[PriceId, Price] = {}
    for item in part.items():
        fields = item.fields("plan", "valid_from", "amounts", optional=("phase", "component"))
        plan_code = fields["plan"].one_of(known.plans, what="plan")
        phase_no, component = _part_of(fields, plan_code, known)
        entry = _Entry(plan_code, phase_no, component, fields["valid_from"].day())
        trial = _trial_before(known.phases.get(plan_code, ()), entry)
        item.mark(f"prices.{plan_code}")
        for market_code, spot in fields["amounts"].entries():
            market = known.markets.get(market_code)
            if market is None:
                spot.note(f"names an unknown market: {market_code!r}")
                continue
            price = entry.price(market, scalars.price(spot, market.currency))
            if plan_code and price.id in found:
                spot.note(
                    f"{plan_code} already has a price in {market_code} from {entry.valid_from}"
                )
            for one in (price, *((trial.price(market, Fraction(0)),) if trial else ())):
                found[one.id] = one
                spot.mark(one.key)
    return tuple(found.values())


def _part_of(fields: Mapping[str, Spot], plan_code: str, known: Known) -> tuple[int, str]:
    """Say which phase and component an entry is for."""
    phase, component = fields.get("phase"), fields.get("component")
    if component and component.one_of((SETUP,), what="component"):
        if phase:
            phase.note("a setup fee is billed once, at the start, and has no phase")
        return 1, SETUP
    plan = known.plans.get(plan_code)
    product = known.products.get(plan.product_code) if plan else None
    add_on = product is not None and product.kind is ProductKind.ADD_ON
    recurring = product.code if product and add_on else BASE
    phases = known.phases.get(plan_code, ())
    kind = phase.one_of(_PRICED, what="phase with a price") if phase else ""
    numbers = [one.no for one in phases if one.kind == (kind or PhaseKind.EVERGREEN)]
    if phase and kind and plan and not numbers:
        phase.note(f"{plan_code} has no {kind} phase")
    return (numbers or [len(phases) or 1])[-1], recurring


def _trial_before(phases: Sequence[PlanPhase], entry: _Entry) -> _Entry | None:
    before = [one for one in phases if one.no == entry.phase_no - 1 and entry.component != SETUP]
    if not before or before[0].kind is not PhaseKind.TRIAL:
        return None
    return _Entry(entry.plan_code, before[0].no, entry.component, entry.valid_from)
