"""Compare a catalog with the one it replaces: what is immutable, and which prices move."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from ledgerline.catalog.model import Catalog, Plan, Price, TaxRate
from ledgerline.catalog.rules.publish import Finding, error, warning

RISE_PERCENT_MAX: Final = 10  # above it the report warns


def revision(before: Catalog, after: Catalog, *, on: date) -> tuple[Finding, ...]:
    """Find what a new catalog may not change of the published one, and warn of large moves.

    Rows that bills already rest on stay as they are: a price, a tax rate, the seller and currency
    of a market, the terms of a plan. ``on`` is the day of publication: a price new in ``after``
    must not begin before it, or it would replace what was already sold.
    """
    return (
        *_markets(before, after),
        *_plans(before, after),
        *_prices(before, after, on=on),
        *_rates(before, after),
    )


def _markets(before: Catalog, after: Catalog) -> Iterator[Finding]:
    kept = {market.code: market for market in after.markets}
    for old in before.markets:
        key = f"markets.{old.code}"
        new = kept.get(old.code)
        if new is None:
            yield error("market_removed", key, message=f"{old.code} has customers and must stay")
        elif (new.currency, new.seller_code) != (old.currency, old.seller_code):
            message = f"{old.code} keeps its currency {old.currency} and seller {old.seller_code}"
            yield error("market_changed", key, message=message)


def _plans(before: Catalog, after: Catalog) -> Iterator[Finding]:
    kept = {plan.code: plan for plan in after.plans}
    for old in before.plans:
        key = f"plans.{old.code}"
        new = kept.get(old.code)
        if new is None:
            message = f"{old.code} is taken off sale with on_sale: false, not removed"
            yield error("plan_removed", key, message=message)
        elif _terms(new) != _terms(old):
            message = f"{old.code} keeps its product, audience and cadence; make a new plan"
            yield error("plan_changed", key, message=message)


def _terms(plan: Plan) -> tuple[object, ...]:
    return (plan.product_code, plan.audience, plan.cadence_count, plan.cadence_unit)


def _prices(before: Catalog, after: Catalog, *, on: date) -> Iterator[Finding]:
    kept = {price.id: price for price in after.prices}
    known = {price.id for price in before.prices}
    for old in before.prices:
        if kept.get(old.id) != old:
            message = "a published price is never changed or removed; add a later one"
            yield error("price_changed", _price_key(old), message=message)
    for new in after.prices:
        if new.id in known:
            continue
        previous = _previous(before.prices, new)
        if previous is None:
            continue  # a first price replaces nothing
        if new.valid_from < on:
            message = f"begins on {new.valid_from}, before it is published on {on}"
            yield error("price_backdated", _price_key(new), message=message)
        yield from _move(previous, new)


def _previous(prices: Iterable[Price], new: Price) -> Price | None:
    place = (new.plan_code, new.market_code)
    earlier = [
        price
        for price in prices
        if (price.plan_code, price.market_code) == place and price.valid_from < new.valid_from
    ]
    return max(earlier, key=lambda price: price.valid_from, default=None)


def _move(old: Price, new: Price) -> Iterator[Finding]:
    moved = abs(new.amount_minor - old.amount_minor) * 100
    if moved > RISE_PERCENT_MAX * old.amount_minor:
        message = (
            f"from {old.amount.decimal()} to {new.amount.decimal()} {new.currency}"
            f" is a move of more than {RISE_PERCENT_MAX} percent"
        )
        yield warning("price_moved", _price_key(new), message=message)


def _rates(before: Catalog, after: Catalog) -> Iterator[Finding]:
    kept = {_rate_key(rate): rate.rate_ppm for rate in after.tax_rates}
    for old in before.tax_rates:
        key = _rate_key(old)
        if kept.get(key) != old.rate_ppm:
            message = "a published tax rate is never changed or removed; add a later row"
            yield error("tax_rate_changed", key, message=message)


def _price_key(price: Price) -> str:
    return f"prices.{price.plan_code}.{price.market_code}.{price.valid_from}"


def _rate_key(rate: TaxRate) -> str:
    return f"tax_rates.{rate.market_code}.{rate.category}.{rate.valid_from}"
