"""A downgrade leads where nobody is charged, or the catalog is refused."""

from dataclasses import replace

import pytest

from ledgerline.catalog.model import Catalog, Collection, EndPolicy, PlanStatus, ProductKind
from ledgerline.catalog.rules.ends import downgrades, free_plans, unasked
from ledgerline.catalog.rules.findings import Severity
from ledgerline.catalog.rules.publish import findings
from tests.flow_catalog import Intro, Offer, small_catalog

PAID = Offer("music", 3000)
FREE = Offer("free", 0)


def _catalog(*offers: Offer, plans: tuple[str, ...] = ("free",)) -> Catalog:
    catalog = small_catalog(PAID, *offers)
    [market] = catalog.markets
    end = Collection(end=EndPolicy.DOWNGRADE, end_plans=plans)
    return replace(catalog, markets=(replace(market, collection=end),))


def test_a_free_plan_of_each_family_is_what_it_takes() -> None:
    video = (Offer("video", 900, family="video"), Offer("free_video", 0, family="video"))
    assert findings(_catalog(FREE)) == ()
    assert findings(_catalog(FREE, *video, plans=("free", "free_video"))) == ()
    assert free_plans(_catalog(FREE)) == {"music", "free"}
    assert list(downgrades(small_catalog(PAID))) == []


@pytest.mark.parametrize(
    ("catalog", "message"),
    [
        (_catalog(), "names 'free', unknown here"),
        (_catalog(Offer("free", 100)), "it costs something in XX, and nobody agreed to pay it"),
        (_catalog(Offer("free", 0, fee_minor=5)), "it costs something in XX"),
        (_catalog(Offer("free", 0, intro=Intro(1, 0))), "it has more than one phase"),
        (_catalog(Offer("free", 0, kind=ProductKind.ADD_ON)), "it is bought with another plan"),
        (_catalog(FREE, Offer("none", 0), plans=("free", "none")), "names 2 plans of family music"),
        (_catalog(FREE, Offer("video", 9, family="video")), "names no plan of family video"),
        (
            replace(_catalog(FREE), prices=small_catalog(PAID).prices),
            "it has no price in XX",
        ),
    ],
)
def test_what_some_subscription_could_not_take_is_refused(catalog: Catalog, message: str) -> None:
    assert any(message in one.message for one in downgrades(catalog)), list(downgrades(catalog))


def test_a_plan_that_is_closed_is_no_place_to_go() -> None:
    catalog = _catalog(FREE)
    plans = tuple(
        replace(plan, status=PlanStatus.RETIRED) if plan.code == "free" else plan
        for plan in catalog.plans
    )
    found = list(downgrades(replace(catalog, plans=plans)))
    assert any("it is retired" in one.message for one in found)
    assert {one.code for one in found} == {"downgrade_illegal"}


def test_what_costs_nothing_is_of_one_phase_and_asked_for() -> None:
    found = findings(small_catalog(PAID, FREE))
    assert [(one.severity, one.code) for one in found] == [(Severity.WARNING, "price_free")]
    assert found == tuple(unasked(small_catalog(PAID, FREE)))
    for offer in (Offer("free", 0, trial_days=30), Offer("free", 0, kind=ProductKind.ADD_ON)):
        assert "amount_illegal" in [one.code for one in findings(small_catalog(PAID, offer))]
