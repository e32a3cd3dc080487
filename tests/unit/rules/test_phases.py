"""What a market sells, and how the phases of a plan lie after one another."""

from dataclasses import replace
from datetime import date

import pytest

from ledgerline.base.calendar import Unit
from ledgerline.base.errors import Rejected
from ledgerline.catalog.model import PlanNotSold, PlanStatus, PriceMissing, UnknownPlan
from ledgerline.rules.phases import Shelf, lay_out
from ledgerline.rules.timeline import Step
from ledgerline.subscriptions.model import AddOnRefused
from tests.unit.rules.sold import ALWAYS, YEARLY, Catalog, Sold, price_id, sold

TODAY = date(2026, 1, 31)
RISE = date(2026, 3, 1)
PLANS = [
    sold("plain", 1000),
    Sold(
        "whole",
        ((ALWAYS, 1000), (RISE, 1200)),
        trial_days=7,
        intro=(2, Unit.MONTH, 400),
        fee=250,
    ),
    Sold("later", ((RISE, 500),)),
    sold("hifi_month", 300, product="hifi", goes_with=("plain", "whole"), fee=90),
    sold("hifi_year", 3000, cadence=YEARLY, product="hifi", goes_with=("year",)),
    sold("year", 11990, cadence=YEARLY),
]
CATALOG = Catalog(PLANS)
SHELF = CATALOG.shelf(TODAY)


def retired(shelf: Shelf, plan_code: str) -> Shelf:
    plan = shelf.plans[plan_code]._replace(status=PlanStatus.RETIRED)
    return replace(shelf, plans={**shelf.plans, plan_code: plan})


def dated(steps: tuple[Step, ...]) -> list[tuple[str, int, date, date | None]]:
    return [(one.component, one.phase_no, one.starts_on, one.ends_on) for one in steps]


def test_plan_without_phases_goes_on_from_its_first_day() -> None:
    found = lay_out(SHELF, "plain", quantity=3, starts_on=TODAY, first_paid=TODAY, with_intro=True)
    assert found == (
        Step(
            component="base",
            plan_code="plain",
            phase_no=1,
            price_id=price_id("plain", 1, "base", ALWAYS),
            quantity=3,
            starts_on=TODAY,
            ends_on=None,
        ),
    )


def test_free_days_then_the_introductory_price_then_the_plan_and_the_fee_once() -> None:
    first_paid = date(2026, 2, 7)
    found = lay_out(
        SHELF, "whole", quantity=2, starts_on=TODAY, first_paid=first_paid, with_intro=True
    )
    assert dated(found) == [
        ("base", 1, TODAY, first_paid),
        ("base", 2, first_paid, date(2026, 4, 7)),
        ("base", 3, date(2026, 4, 7), None),
        ("setup", 1, first_paid, date(2026, 2, 8)),
    ]
    assert [one.quantity for one in found] == [2, 2, 2, 1]  # a fee is due once, not per unit
    # and what begins after the rise is held at today's price
    assert found[2].price_id == price_id("whole", 3, "base", ALWAYS)
    late = lay_out(
        CATALOG.shelf(RISE), "whole", quantity=1, starts_on=RISE, first_paid=RISE, with_intro=True
    )
    assert late[-2].price_id == price_id("whole", 3, "base", RISE)


def test_an_introduction_keeps_the_day_of_the_month_it_began_on() -> None:
    found = lay_out(SHELF, "whole", quantity=1, starts_on=TODAY, first_paid=TODAY, with_intro=True)
    assert dated(found)[:2] == [
        ("base", 2, TODAY, date(2026, 3, 31)),
        ("base", 3, date(2026, 3, 31), None),
    ]


def test_who_changes_gets_the_last_phase() -> None:
    found = lay_out(SHELF, "whole", quantity=1, starts_on=TODAY, first_paid=TODAY, with_intro=False)
    assert dated(found) == [
        ("base", 3, TODAY, None),
        ("setup", 1, TODAY, date(2026, 2, 1)),
    ]


def test_add_on_is_free_with_the_plan_and_its_fee_has_a_name_of_its_own() -> None:
    first_paid = date(2026, 2, 7)
    found = lay_out(
        SHELF, "hifi_month", quantity=1, starts_on=TODAY, first_paid=first_paid, with_intro=True
    )
    assert dated(found) == [
        ("hifi", 1, TODAY, first_paid),
        ("hifi", 1, first_paid, None),
        ("setup:hifi", 1, first_paid, date(2026, 2, 8)),
    ]


def test_plan_is_known_by_the_price_of_its_last_phase() -> None:
    assert (SHELF.sold("whole").phase_no, SHELF.sold("whole").unit_num) == (3, 1000)
    assert CATALOG.shelf(RISE).base("whole").unit_num == 1200
    assert SHELF.add_on("hifi_month", base_plan_code="plain").unit_num == 300
    assert SHELF.price("whole", 2).unit_num == 400
    assert (SHELF.trial_days("whole"), SHELF.trial_days("plain")) == (7, 0)


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ("nothing", UnknownPlan),
        ("later", PriceMissing),
        ("hifi_month", AddOnRefused),
        ("plain", PlanNotSold),
    ],
)
def test_what_is_not_sold_by_itself_is_refused(plan: str, expected: type[Rejected]) -> None:
    with pytest.raises(expected):
        retired(SHELF, "plain").base(plan)


@pytest.mark.parametrize(
    ("plan", "base", "expected"),
    [
        ("hifi_year", "plain", AddOnRefused),
        ("plain", "plain", AddOnRefused),
        ("hifi_month", "plain", PlanNotSold),
        ("nothing", "plain", UnknownPlan),
    ],
)
def test_what_does_not_go_with_a_plan_is_refused(
    plan: str, base: str, expected: type[Rejected]
) -> None:
    with pytest.raises(expected):
        retired(SHELF, "hifi_month").add_on(plan, base_plan_code=base)


def test_add_on_of_another_cadence_has_a_sibling_or_none() -> None:
    assert SHELF.sibling("hifi", base_plan_code="year") == "hifi_year"
    assert SHELF.sibling("hifi", base_plan_code="whole") == "hifi_month"
    assert SHELF.sibling("lyrics", base_plan_code="year") is None
    assert SHELF.sibling("hifi", base_plan_code="later") is None
    assert retired(SHELF, "hifi_year").sibling("hifi", base_plan_code="year") is None


def test_shelf_orders_the_phases_of_a_plan() -> None:
    again = Shelf.of(
        SHELF.market_code,
        TODAY,
        plans=SHELF.plans.values(),
        prices=SHELF.prices,
        phases=[row for rows in SHELF.phases.values() for row in reversed(rows)],
        add_ons=[],
    )
    assert [row.no for row in again.phases["whole"]] == [1, 2, 3]
    assert again.add_ons == frozenset()
