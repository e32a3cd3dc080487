"""What a market sells, and the phases of a plan laid out as dated steps with frozen prices."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ledgerline.base.calendar import Cadence, Grid, Unit
from ledgerline.catalog.model import PlanNotSold, PlanStatus, PriceMissing, UnknownPlan
from ledgerline.catalog.rows import AddOnRuleRow, PhaseRow, PlanRow, PriceRow
from ledgerline.rules.terms import Book, on_sale
from ledgerline.rules.timeline import Step
from ledgerline.subscriptions.model import BASE, SETUP, AddOnRefused

ADD_ON = "add_on"  # the kind of a product that is bought with another


@dataclass(frozen=True, slots=True)
class Shelf:
    """What one market sells of some plans: prices of every phase, and which add-ons go with what.

    ``today`` is the customer's day: it decides which price a sale gets.
    """

    market_code: str
    today: date
    plans: Mapping[str, PlanRow]
    prices: Sequence[PriceRow]
    phases: Mapping[str, Sequence[PhaseRow]]
    add_ons: frozenset[tuple[str, str]]

    @classmethod
    def of(
        cls,
        market_code: str,
        today: date,
        *,
        plans: Iterable[PlanRow],
        prices: Iterable[PriceRow],
        phases: Iterable[PhaseRow],
        add_ons: Iterable[AddOnRuleRow],
    ) -> "Shelf":
        """Index what was read."""
        by_plan: dict[str, list[PhaseRow]] = {}
        for phase in sorted(phases, key=lambda row: (row.plan_code, row.no)):
            by_plan.setdefault(phase.plan_code, []).append(phase)
        return cls(
            market_code=market_code,
            today=today,
            plans={plan.code: plan for plan in plans},
            prices=tuple(prices),
            phases=by_plan,
            add_ons=frozenset((rule.base_plan_code, rule.add_on_plan_code) for rule in add_ons),
        )

    def sold(self, plan_code: str) -> PriceRow:
        """Return the price of a plan's last phase, which it is known by.

        Raises ``UnknownPlan``, ``PlanNotSold`` and ``PriceMissing``.
        """
        plan = self.plans.get(plan_code)
        if plan is None:
            raise UnknownPlan("no plan has this code", plan=plan_code)
        price = self.price(plan_code, self.phases[plan_code][-1].no)
        if plan.status != PlanStatus.ON_SALE:
            raise PlanNotSold("the plan is closed to new sales", plan=plan_code)
        return price

    def base(self, plan_code: str) -> PriceRow:
        """Return the same of a plan that is sold by itself; raises ``AddOnRefused`` as well."""
        price = self.sold(plan_code)
        if price.product_kind == ADD_ON:
            raise AddOnRefused("this plan is bought with another", plan=plan_code)
        return price

    def add_on(self, plan_code: str, *, base_plan_code: str) -> PriceRow:
        """Return the same of an add-on to a base plan; raises ``AddOnRefused`` as well."""
        price = self.sold(plan_code)
        if (base_plan_code, plan_code) not in self.add_ons:
            raise AddOnRefused(
                "the add-on does not go with this plan", add_on=plan_code, plan=base_plan_code
            )
        return price

    def sibling(self, product_code: str, *, base_plan_code: str) -> str | None:
        """Find the plan of an add-on's product that goes with a base plan and is on sale."""
        for base, add_on in sorted(self.add_ons):
            plan = self.plans.get(add_on)
            if base == base_plan_code and plan is not None and plan.product_code == product_code:
                return add_on if plan.status == PlanStatus.ON_SALE else None
        return None

    def trial_days(self, plan_code: str) -> int:
        """Return how many days of a plan are free at first."""
        first = self.phases[plan_code][0]
        return (first.length_count or 0) if first.kind == "trial" else 0

    def price(self, plan_code: str, phase_no: int) -> PriceRow:
        """Return today's recurring price of a phase; raises ``PriceMissing``."""
        component = self._component(plan_code)
        found = on_sale(
            self.prices, plan_code=plan_code, phase_no=phase_no, component=component, on=self.today
        )
        if found is None:
            raise PriceMissing(
                "the plan has no price in this market", plan=plan_code, market=self.market_code
            )
        return found

    def _component(self, plan_code: str) -> str:
        return next(
            (
                row.product_code if row.product_kind == ADD_ON else BASE
                for row in self.prices
                if row.plan_code == plan_code
            ),
            BASE,
        )


@dataclass(frozen=True, slots=True)
class Sale:
    """What is sold, and the book to price it."""

    shelf: Shelf
    book: Book


def lay_out(
    shelf: Shelf,
    plan_code: str,
    *,
    quantity: int,
    starts_on: date,
    first_paid: date,
    with_intro: bool,
) -> tuple[Step, ...]:
    """Lay a plan out from ``starts_on``: free until ``first_paid``, then phase after phase.

    An introductory phase counts from the first paid day, and is for who is new (``with_intro``);
    who changes to the plan gets its last phase. A one-time fee lies on the first paid day. Every
    price is that of today. Raises ``PriceMissing``.
    """
    phases = shelf.phases[plan_code]
    component = shelf.sold(plan_code).component
    steps: list[Step] = []

    if starts_on < first_paid:  # what has no free phase of its own is free with what it goes with
        free = phases[0] if phases[0].kind == "trial" else phases[-1]
        price = shelf.price(plan_code, free.no)
        steps.append(_step(price, component, quantity, start=starts_on, end=first_paid))
    at = first_paid
    paid = [phase for phase in phases if phase.kind != "trial"]
    for phase in paid if with_intro else paid[-1:]:
        price = shelf.price(plan_code, phase.no)
        if phase.length_count is None:
            steps.append(_step(price, component, quantity, start=at, end=None))
            continue
        assert phase.length_unit is not None, phase
        cadence = Cadence(phase.length_count, Unit(phase.length_unit))
        end = Grid(at, cadence, first_paid.day).boundary(1)
        steps.append(_step(price, component, quantity, start=at, end=end))
        at = end
    fee = on_sale(shelf.prices, plan_code=plan_code, phase_no=1, component=SETUP, on=shelf.today)
    if fee is not None:
        of = SETUP if component == BASE else f"{SETUP}:{component}"
        last = first_paid + timedelta(days=1)
        steps.append(_step(fee, of, 1, start=first_paid, end=last))
    return tuple(steps)


def _step(price: PriceRow, component: str, quantity: int, *, start: date, end: date | None) -> Step:
    return Step(
        component=component,
        plan_code=price.plan_code,
        phase_no=price.phase_no,
        price_id=price.id,
        quantity=quantity,
        starts_on=start,
        ends_on=end,
    )
