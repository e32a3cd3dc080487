"""Find what a sale names, or refuse it."""

from collections.abc import Iterable
from datetime import date

from ledgerline.catalog.model import (
    Coupon,
    Market,
    Plan,
    PlanNotSold,
    Price,
    PriceMissing,
    UnknownCoupon,
    UnknownMarket,
    UnknownPlan,
)


def plan_for(plans: Iterable[Plan], code: str) -> Plan:
    """Find a plan, on sale or not; raises ``UnknownPlan``."""
    for plan in plans:
        if plan.code == code:
            return plan
    raise UnknownPlan(f"there is no plan {code}", plan=code)


def plan_on_sale(plans: Iterable[Plan], code: str) -> Plan:
    """Find a plan that may be sold; raises ``UnknownPlan`` or ``PlanNotSold``."""
    plan = plan_for(plans, code)
    if not plan.on_sale:
        raise PlanNotSold(f"the plan {code} is closed to new sales", plan=code)
    return plan


def market_for(markets: Iterable[Market], code: str) -> Market:
    """Find a market; raises ``UnknownMarket``."""
    for market in markets:
        if market.code == code:
            return market
    raise UnknownMarket(f"nothing is sold in {code}", market=code)


def price_at(prices: Iterable[Price], plan_code: str, *, market_code: str, on: date) -> Price:
    """Choose the price a new sale gets on a day: the one that began last, on or before it.

    Raises ``PriceMissing``. A running subscription holds a price id and does not ask here.
    """
    begun = [
        price
        for price in prices
        if price.plan_code == plan_code
        and price.market_code == market_code
        and price.valid_from <= on
    ]
    if not begun:
        raise PriceMissing(
            f"{plan_code} has no price in {market_code} on {on}",
            plan=plan_code,
            market=market_code,
            on=on.isoformat(),
        )
    return max(begun, key=lambda price: price.valid_from)


def coupon_for(coupons: Iterable[Coupon], code: str) -> Coupon:
    """Find a coupon by its code, typed in any case and with spaces around it."""
    wanted = code.strip().upper()
    for coupon in coupons:
        if coupon.code == wanted:
            return coupon
    raise UnknownCoupon("there is no such coupon", coupon=wanted)
