from datetime import date

import pytest

from ledgerline.catalog.model import (
    PlanNotSold,
    PriceMissing,
    UnknownCoupon,
    UnknownMarket,
    UnknownPlan,
)
from ledgerline.catalog.rules import lookup
from ledgerline.catalog.rules.parse import parse
from tests.unit.catalog.texts import SHIPPED, planted

CATALOG = parse(SHIPPED)
RISE = date(2026, 8, 1)


def test_new_sale_gets_the_risen_price_from_its_day_on() -> None:
    # given a rise in Germany on the first of August
    prices = CATALOG.prices
    # when a sale is made the day before and on the day
    before = lookup.price_at(prices, "individual_monthly", market_code="DE", on=date(2026, 7, 31))
    after = lookup.price_at(prices, "individual_monthly", market_code="DE", on=RISE)
    # then the old row stands beside the new one, under an id of its own
    assert (before.amount_minor, after.amount_minor) == (1199, 1299)
    assert before.id != after.id
    # and nothing moved elsewhere
    french = lookup.price_at(prices, "individual_monthly", market_code="FR", on=RISE)
    assert french.amount_minor == 1199


def test_plan_without_a_price_yet_is_not_sold() -> None:
    with pytest.raises(PriceMissing) as refused:
        lookup.price_at(CATALOG.prices, "duo_monthly", market_code="SE", on=date(2019, 12, 31))
    assert refused.value.facts == {"plan": "duo_monthly", "market": "SE", "on": "2019-12-31"}


def test_plan_closed_to_new_sales_is_found_and_not_sold() -> None:
    # given a plan that was taken off sale
    plans = parse(planted(("on_sale: true", "on_sale: false"))).plans
    # when it is asked for, then it is there for those who have it
    assert lookup.plan_for(plans, "solo_monthly") == plans[0]
    # and refused to a new sale
    with pytest.raises(PlanNotSold):
        lookup.plan_on_sale(plans, "solo_monthly")


def test_plan_on_sale_is_sold() -> None:
    assert lookup.plan_on_sale(CATALOG.plans, "family_yearly").members_max == 6


def test_unknown_plan_is_refused() -> None:
    with pytest.raises(UnknownPlan):
        lookup.plan_on_sale(CATALOG.plans, "choir_monthly")


def test_market_is_found_or_refused() -> None:
    assert lookup.market_for(CATALOG.markets, "JP").currency == "JPY"
    with pytest.raises(UnknownMarket):
        lookup.market_for(CATALOG.markets, "AQ")


def test_coupon_is_found_however_it_is_typed() -> None:
    assert lookup.coupon_for(CATALOG.coupons, " welcome50 ").percent_ppm == 500_000
    with pytest.raises(UnknownCoupon):
        lookup.coupon_for(CATALOG.coupons, "WELCOME51")
