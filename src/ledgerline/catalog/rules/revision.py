"""Compare a catalog with the published one: what is new, what changes, and what may not."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from ledgerline.base.calendar import local_date
from ledgerline.base.money import round_half_away
from ledgerline.catalog.model import Catalog, Price
from ledgerline.catalog.rules.findings import Finding, error, located, warning
from ledgerline.catalog.rules.publish import findings as judged
from ledgerline.catalog.rules.wording import Facts, amount_text, facts

MOVE_PERCENT_MAX: Final = 10  # above it the report warns

# What bills rest on: of each part of a catalog, the fields that stay as they were published.
_FROZEN: Final[Mapping[str, frozenset[str]]] = {
    "sellers": frozenset(),
    "markets": frozenset({"currency", "seller", "tax_behavior", "rounding"}),
    "products": frozenset({"family", "tax_category", "kind"}),
    "plans": frozenset({"product", "audience", "cadence", "phases"}),
    "prices": frozenset({"amount", "tax_behavior"}),
    "tax_rates": frozenset({"percent", "treatment", "components"}),
    "coupons": frozenset({"percent", "amount", "periods"}),
}
_INSTEAD: Final[Mapping[str, str]] = {
    "markets": "a market keeps its seller, currency, rounding and how its prices state tax",
    "products": "make a new product",
    "plans": "make a new plan and retire this one",
    "prices": "add a later price with its own valid_from",
    "tax_rates": "add a later rate with its own valid_from",
    "coupons": "make a new coupon",
}
_LEFT_OUT: Final[Mapping[str, str]] = {
    "sellers": "a seller has issued documents and stays",
    "markets": "a market has customers and stays",
    "products": "a product stays as long as its plans",
    "plans": "write `status: retired` to take it off sale",
    "prices": "a published price stays, and a later one takes its place",
    "tax_rates": "a published rate stays, and a later one takes its place",
    "coupons": "subscriptions count on it, and it stays",
}


@dataclass(frozen=True, slots=True)
class Changed:
    """A field that differs, as text; an empty text is none."""

    key: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Move:
    """A price that is new, and the one it follows; ``permille`` is by how much it is higher."""

    price: Price
    before: Price | None
    permille: int | None


@dataclass(frozen=True, slots=True)
class Revision:
    """What loading a catalog does, if no finding is an error: keys that are new, what changes."""

    new: tuple[str, ...]
    changed: tuple[Changed, ...]
    moves: tuple[Move, ...]
    findings: tuple[Finding, ...]


def review(before: Catalog, after: Catalog, *, now: datetime) -> Revision:
    """Compare a catalog with the published one, and judge it by itself as well."""
    compared = revision(before, after, now=now)
    return replace(compared, findings=located((*compared.findings, *judged(after)), after.lines))


def revision(before: Catalog, after: Catalog, *, now: datetime) -> Revision:
    """Compare a catalog with the one that is published.

    Rows that bills already rest on stay as they are: a price, a tax rate, a coupon, the seller,
    currency, tax behaviour and rounding of a market, product, audience, cadence and phases of a
    plan. What was published is not left out. A price that follows another begins on the day of
    publication in its market or later, or it would replace what was already sold.
    """
    was, is_ = facts(before), facts(after)
    moves = tuple(_moves(before, after))
    differing = [
        Changed(key, name, value, is_[key].get(name, ""))
        for key, fields in was.items()
        if key in is_
        for name, value in _all_fields(fields, is_[key])
        if value != is_[key].get(name, "")
    ]
    frozen = [one for one in differing if one.field in _FROZEN[_part(one.key)]]
    found = (
        *_left_out(was, is_, frozen),
        *map(_edited, frozen),
        *_backdated(before, moves, now),
        *_large(moves),
        *_late_rates(before, after, now),
    )
    return Revision(
        new=tuple(key for key in is_ if key not in was),
        changed=tuple(one for one in differing if one not in frozen),
        moves=moves,
        findings=located(found, after.lines),
    )


def _part(key: str) -> str:
    return key.partition(".")[0]


def _all_fields(was: Mapping[str, str], is_: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield from was.items()
    yield from ((name, "") for name in is_ if name not in was)


def _left_out(was: Facts, is_: Facts, frozen: Sequence[Changed]) -> Iterator[Finding]:
    gone = {key for key in was if key not in is_}
    # A plan that is left out, or has other phases, says it for its prices; a market, for all of it.
    told = {key.split(".")[1] for key in gone if _part(key) in {"plans", "markets"}}
    told |= {one.key.split(".")[1] for one in frozen if one.field == "phases"}
    for key in was:
        dated = _part(key) in {"prices", "tax_rates"}
        if key in gone and not (dated and told & set(key.split("."))):
            name = key.partition(".")[2]
            message = f"{name} is left out: {_LEFT_OUT[_part(key)]}"
            yield error(f"{_SINGULAR[_part(key)]}_removed", key, message=message)


_SINGULAR: Final = {part: part.removesuffix("s") for part in _FROZEN}


def _edited(one: Changed) -> Finding:
    part = _part(one.key)
    told = f"{one.field} was published as {one.before or 'none'} and is not edited in place"
    key = one.key if part == "prices" else f"{one.key}.{one.field}"
    return error(f"{_SINGULAR[part]}_changed", key, message=f"{told}: {_INSTEAD[part]}")


def _moves(before: Catalog, after: Catalog) -> Iterator[Move]:
    known = {price.id for price in before.prices}
    by_place: dict[tuple[object, ...], dict[date, Price]] = defaultdict(dict)
    for price in (*before.prices, *after.prices):
        by_place[price.place][price.valid_from] = price
    for new in after.prices:
        if new.unit and new.id not in known:
            days = [day for day in by_place[new.place] if day < new.valid_from]
            old = by_place[new.place][max(days)] if days else None
            yield Move(new, old, _permille(old, new) if old and old.unit else None)


def _permille(old: Price, new: Price) -> int:
    return round_half_away((new.unit - old.unit) / old.unit * 1000)


def _backdated(before: Catalog, moves: Iterable[Move], now: datetime) -> Iterator[Finding]:
    zones = {market.code: market.zone for market in before.markets}
    first: dict[tuple[object, ...], date] = {}
    for price in before.prices:
        first[price.place] = min(price.valid_from, first.get(price.place, price.valid_from))
    for move in moves:
        price = move.price
        if first.get(price.place, date.max) < price.valid_from:
            today = local_date(now, zones[price.market_code])
            if price.valid_from < today:
                message = f"begins on {price.valid_from}, before it is published on {today}"
                yield error("price_backdated", price.key, message=message)


def _large(moves: Iterable[Move]) -> Iterator[Finding]:
    for move in moves:
        old, new = move.before, move.price
        if old and abs(new.unit - old.unit) * 100 > MOVE_PERCENT_MAX * old.unit:
            message = (
                f"from {amount_text(old.unit, old.currency)} to"
                f" {amount_text(new.unit, new.currency)} {new.currency}"
                f" is a move of more than {MOVE_PERCENT_MAX} percent"
            )
            yield warning("price_moved", new.key, message=message)


def _late_rates(before: Catalog, after: Catalog, now: datetime) -> Iterator[Finding]:
    """Warn of a rate that begins where tax was already taken at another."""
    zones = {market.code: market.zone for market in before.markets}
    known = {rate.key for rate in before.tax_rates}
    first: dict[tuple[str, str], date] = {}
    for rate in before.tax_rates:
        place = (rate.market_code, rate.category)
        first[place] = min(rate.valid_from, first.get(place, rate.valid_from))
    for rate in after.tax_rates:
        begun = first.get((rate.market_code, rate.category), date.max) < rate.valid_from
        if begun and rate.key not in known:
            today = local_date(now, zones[rate.market_code])
            if rate.valid_from < today:
                message = f"begins on {rate.valid_from}: what was taxed until {today} stays"
                yield warning("tax_rate_backdated", rate.key, message=message)
