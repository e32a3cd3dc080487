"""A small catalog told in one line a plan: prices by date, phases, fees, add-ons."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypedDict

from typing_extensions import Unpack

from ledgerline.base.calendar import Cadence, Unit
from ledgerline.base.ids import PriceId, reference_id
from ledgerline.catalog.rows import AddOnRuleRow, CouponRow, PhaseRow, PlanRow, PriceRow
from ledgerline.pricing.rows import TaxRateRow
from ledgerline.rules.phases import Shelf
from ledgerline.rules.terms import Book

MARKET: Final = "XX"
MONTHLY: Final = Cadence(1, Unit.MONTH)
YEARLY: Final = Cadence(1, Unit.YEAR)
QUARTERLY: Final = Cadence(3, Unit.MONTH)
ALWAYS: Final = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Sold:
    """A plan and its prices: (first day, minor units), with what else a plan can have."""

    code: str
    prices: tuple[tuple[date, int], ...]
    cadence: Cadence = MONTHLY
    trial_days: int = 0
    intro: tuple[int, Unit, int] | None = None  # length, and the price of it
    fee: int | None = None
    product: str | None = None  # of an add-on
    goes_with: tuple[str, ...] = ()


class More(TypedDict, total=False):
    """What a plan can have beside its price."""

    cadence: Cadence
    trial_days: int
    intro: tuple[int, Unit, int]
    fee: int
    product: str
    goes_with: tuple[str, ...]


def sold(code: str, minor: int, **more: Unpack[More]) -> Sold:
    """Sell a plan at one price."""
    return Sold(code, ((ALWAYS, minor),), **more)


@dataclass(frozen=True, slots=True)
class Catalog:
    """What is sold in one market, with its rates and coupons; tax is inside unless said."""

    plans: Sequence[Sold]
    behavior: str = "inclusive"
    rates: tuple[tuple[date, int], ...] = ((ALWAYS, 0),)
    coupons: tuple[CouponRow, ...] = ()
    zone: str = "Etc/UTC"

    @property
    def prices(self) -> list[PriceRow]:
        """Every price row of the catalog."""
        return [row for plan in self.plans for row in self._prices(plan)]

    def _prices(self, plan: Sold) -> Iterable[PriceRow]:
        component = plan.product or "base"
        phases = self._phases(plan)
        for first, minor in plan.prices:
            for phase in phases:
                amount = {"trial": 0, "intro": plan.intro[2] if plan.intro else 0}.get(
                    phase.kind, minor
                )
                yield self._price(plan, phase.no, component, first, amount)
        if plan.fee is not None:
            yield self._price(plan, 1, "setup", ALWAYS, plan.fee)

    def _price(
        self, plan: Sold, phase_no: int, component: str, first: date, minor: int
    ) -> PriceRow:
        return PriceRow(
            id=price_id(plan.code, phase_no, component, first),
            plan_code=plan.code,
            phase_no=phase_no,
            component=component,
            market_code=MARKET,
            currency="EUR",
            unit_num=minor,
            unit_den=1,
            tax_behavior=self.behavior,
            valid_from=first,
            plan_name=plan.code,
            product_code=plan.product or plan.code,
            product_kind="add_on" if plan.product else "base",
            cadence_count=plan.cadence.count,
            cadence_unit=plan.cadence.unit,
            status="on_sale",
            family="music",
            tax_category="digital_services",
            seller_code="acme",
            market_zone=self.zone,
            seller_zone=self.zone,
            release_no=1,
            rounding_mode="half_up",
            rounding_target="tax",
            rounding_components="separate",
            grace_days=14,
        )

    def _phases(self, plan: Sold) -> list[PhaseRow]:
        kinds: list[tuple[str, int | None, str | None]] = []
        if plan.trial_days:
            kinds.append(("trial", plan.trial_days, "day"))
        if plan.intro:
            kinds.append(("intro", plan.intro[0], plan.intro[1]))
        kinds.append(("evergreen", None, None))
        return [
            PhaseRow(plan_code=plan.code, no=no, kind=kind, length_count=count, length_unit=unit)
            for no, (kind, count, unit) in enumerate(kinds, 1)
        ]

    @property
    def book(self) -> Book:
        """Everything a decision may look up."""
        rates = [
            TaxRateRow(
                market_code=MARKET,
                category="digital_services",
                valid_from=day,
                rate_ppm=ppm,
                source="",
                treatment="standard" if ppm else "not_subject",
                name=None,
                reason=None,
                components="[]",
            )
            for day, ppm in self.rates
        ]
        return Book.of(self.prices, rates, self.coupons)

    def shelf(self, today: date) -> Shelf:
        """Lay out what is sold on a day."""
        return Shelf.of(
            MARKET,
            today,
            plans=[
                PlanRow(
                    code=plan.code,
                    product_code=plan.product or plan.code,
                    name=plan.code,
                    audience="individual",
                    cadence_count=plan.cadence.count,
                    cadence_unit=plan.cadence.unit,
                    members_max=1,
                    status="on_sale",
                )
                for plan in self.plans
            ],
            prices=self.prices,
            phases=[row for plan in self.plans for row in self._phases(plan)],
            add_ons=[
                AddOnRuleRow(base, plan.code) for plan in self.plans for base in plan.goes_with
            ],
        )


def price_id(plan: str, phase_no: int, component: str, first: date) -> PriceId:
    """Give each price of the story its id."""
    return PriceId(reference_id("price", plan, str(phase_no), component, first.isoformat()))
