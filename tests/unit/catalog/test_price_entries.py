from ledgerline.base.calendar import Unit
from ledgerline.catalog.model import AddOnRule, PhaseKind, PlanPhase
from ledgerline.catalog.rules.nodes import root
from ledgerline.catalog.rules.parse import parse
from ledgerline.catalog.rules.price_entries import Known, prices
from tests.unit.catalog.texts import LARGER


def test_phases_fees_and_add_ons_have_prices_of_their_own() -> None:
    # given a plan with a trial, an intro and a fee, and an add-on
    catalog = parse(LARGER)
    # then each price says which part of which plan it is for, and the trial before a part is free
    assert [
        (price.plan_code, price.phase_no, price.component, price.unit_num)
        for price in catalog.prices
    ] == [
        ("solo_monthly", 2, "base", 6400),
        ("solo_monthly", 1, "base", 0),
        ("solo_monthly", 3, "base", 12900),
        ("solo_monthly", 1, "setup", 5000),
        ("hifi_monthly", 1, "hifi", 3000),
    ]
    assert catalog.add_on_rules == (AddOnRule("solo_monthly", "hifi_monthly"),)
    assert catalog.phases[1] == PlanPhase(
        "solo_monthly", 2, PhaseKind.INTRO, length_count=3, length_unit=Unit.MONTH
    )
    # and all ids differ
    assert len({price.id for price in catalog.prices}) == 5


def test_entries_are_read_by_what_is_known() -> None:
    # given one entry for a plan that is known and one for a plan that is not
    catalog = parse(LARGER)
    known = Known(
        markets={market.code: market for market in catalog.markets},
        products={product.code: product for product in catalog.products},
        plans={plan.code: plan for plan in catalog.plans},
        phases={"hifi_monthly": catalog.phases[3:]},
    )
    part = root(
        "- {plan: hifi_monthly, valid_from: 2027-01-01, amounts: {NO: 0.125}}\n"
        "- {plan: choir, valid_from: 2027-01-01, amounts: {SE: 1.00}}\n"
    )
    # when they are read
    [price] = prices(part, known)
    # then the amount is exact, and what is not known is noted
    assert (price.component, price.unit_num, price.unit_den) == ("hifi", 25, 2)
    assert [(one.line, one.message) for one in part.notes.problems] == [
        (2, "names an unknown plan: 'choir'"),
        (2, "names an unknown market: 'SE'"),
    ]
