"""What cannot be billed yet is not sold."""

from datetime import date

import pytest

from ledgerline.catalog.model import Catalog
from ledgerline.catalog.rows import PhaseRow, PriceRow
from ledgerline.catalog.rules.parse import parse
from ledgerline.catalog.rules.plain_sale import NotSoldYet, Offered
from tests.unit.catalog.texts import LARGER, SMALL, planted

JUNE_1 = date(2026, 6, 1)


def _offered(catalog: Catalog, plan_code: str) -> Offered:
    """Give a plan as the store reads it."""
    plans = {plan.code: plan for plan in catalog.plans}
    products = {product.code: product for product in catalog.products}
    plan = plans[plan_code]
    product = products[plan.product_code]
    prices = [
        PriceRow(
            id=price.id,
            plan_code=price.plan_code,
            phase_no=price.phase_no,
            component=price.component,
            market_code=price.market_code,
            currency=price.currency,
            unit_num=price.unit_num,
            unit_den=price.unit_den,
            tax_behavior=price.tax_behavior,
            valid_from=price.valid_from,
            plan_name=plan.name,
            product_code=product.code,
            product_kind=product.kind,
            cadence_count=plan.cadence_count,
            cadence_unit=plan.cadence_unit,
            status=plan.status,
            family=product.family,
            tax_category=product.tax_category,
            seller_code="fjord",
            market_zone="Europe/Oslo",
            seller_zone="Europe/Oslo",
        )
        for price in catalog.prices
        if price.plan_code == plan_code
    ]
    phases = [
        PhaseRow(
            plan_code=phase.plan_code,
            no=phase.no,
            kind=phase.kind,
            length_count=phase.length_count,
            length_unit=phase.length_unit,
        )
        for phase in catalog.phases
        if phase.plan_code == plan_code
    ]
    return Offered(prices, phases)


def test_a_trial_and_the_price_after_it_are_sold() -> None:
    offered = _offered(parse(SMALL), "solo_monthly")
    offered.refuse_unsold(on=JUNE_1)  # and nothing is raised
    assert offered.trial_days == 7
    assert [row.unit_num for row in offered.staying] == [12900]


_FEE = (
    "sources:\n",
    (
        "  - {plan: solo_monthly, component: setup, valid_from: 2026-06-01, amounts: {NO: 5.00}}\n"
        "sources:\n"
    ),
)


@pytest.mark.parametrize(
    ("text", "plan", "why"),
    [
        (LARGER, "hifi_monthly", "is an add-on"),
        (LARGER, "solo_monthly", "has an intro phase"),
        (planted(_FEE), "solo_monthly", "has a setup fee"),
        (planted(("NO: 129.00", "NO: 0.005")), "solo_monthly", "has a price below the minor unit"),
    ],
)
def test_what_cannot_be_billed_yet_is_refused(text: str, plan: str, why: str) -> None:
    with pytest.raises(NotSoldYet) as refused:
        _offered(parse(text), plan).refuse_unsold(on=JUNE_1)
    assert refused.value.detail == f"the plan {why}, which cannot be billed yet"
    assert refused.value.facts == {"plan": plan}


def test_a_fee_to_come_refuses_nothing_before_its_day() -> None:
    _offered(parse(planted(_FEE)), "solo_monthly").refuse_unsold(on=date(2026, 5, 31))
