"""Plans and prices: what is sold where from which day, and how many subscriptions pay it."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Final, NamedTuple

from ledgerline.base.money import round_half_away
from ledgerline.base.saying import noted
from ledgerline.catalog.model import BASE, Catalog, Plan, Price
from ledgerline.console.asking import Ask
from ledgerline.console.headlines import Headline, Row, headline
from ledgerline.flows.read_catalog import read_catalog
from ledgerline.report.cells import Pen
from ledgerline.web.forms import PageMissing
from ledgerline.web.wire import Response

_TEN_THOUSANDTHS: Final = 10_000
SECTION: Final = "/console/plans"


class Listed(NamedTuple):
    """A plan, in how many markets it has a price, and how many subscriptions pay it."""

    plan: Plan
    markets: int
    prices: int
    subscriptions: int


class Priced(NamedTuple):
    """A price of a market: how it reads, and where it stands on a day."""

    row: Price
    amount: str
    stands: str


class Paid(NamedTuple):
    """What subscriptions of a market pay now: a net price of a period, by how many."""

    market: str
    amount: str
    subscriptions: int
    monthly: str


async def list_(ask: Ask) -> Response:
    """List plans."""
    catalog, found = await _read(ask)
    paid = found.rows["plans"] if found else ()
    return ask.page(
        "plans.html",
        {"plans": [_listed(one, catalog, paid) for one in catalog.plans], "headline": found,
         "section": SECTION},
    )  # fmt: skip


async def show(ask: Ask) -> Response:
    """Show the prices of a plan, market by market, and what is paid of them."""
    catalog, found = await _read(ask)
    code = ask.path["id"]
    plan = next((one for one in catalog.plans if one.code == code), None)
    if plan is None:
        raise PageMissing
    today = ask.run.now().date()
    prices = [one for one in catalog.prices if one.plan_code == code]
    paid = [one for one in (found.rows["plans"] if found else ()) if one["plan_code"] == code]
    return ask.page(
        "plan.html",
        {
            "plan": plan,
            "prices": _priced(ask, prices, today),
            "paid": [_paid(ask, one) for one in paid],
            "phases": {one.no: one for one in catalog.phases if one.plan_code == code},
            "headline": found,
            "subscriptions": sum(one["subscriptions"] for one in paid),
            "base": BASE,
            "section": SECTION,
        },
    )


async def _read(ask: Ask) -> tuple[Catalog, Headline | None]:
    catalog = await read_catalog(ask.run)
    async with ask.run.reading() as read:
        return catalog, await headline(read)


def _listed(plan: Plan, catalog: Catalog, paid: Sequence[Row]) -> Listed:
    prices = [one for one in catalog.prices if one.plan_code == plan.code]
    return Listed(
        plan=plan, markets=len({one.market_code for one in prices}), prices=len(prices),
        subscriptions=sum(one["subscriptions"] for one in paid if one["plan_code"] == plan.code),
    )  # fmt: skip


def _priced(ask: Ask, prices: Sequence[Price], today: date) -> list[Priced]:
    """Say of each price whether it is in force, is to come, or made way for a later one."""
    ordered = sorted(prices, key=lambda one: (*one.place, one.valid_from))
    nexts = [*ordered[1:], None]
    found = []
    for one, later in zip(ordered, nexts, strict=True):
        until = later.valid_from if later is not None and later.place == one.place else None
        stands = (
            noted("to come") if one.valid_from > today
            else noted("before") if until is not None and until <= today else noted("in force")
        )  # fmt: skip
        found.append(Priced(one, _amount(ask, one.unit, one.currency), stands))
    return sorted(found, key=lambda each: (each.row.market_code, each.row.phase_no,
                                           each.row.component, each.row.valid_from))  # fmt: skip


def _paid(ask: Ask, row: Row) -> Paid:
    pen = Pen(ask.language.locality)
    return Paid(
        market=row["market_code"],
        amount=_amount(ask, Fraction(row["net_minor"]), row["currency"]),
        subscriptions=row["subscriptions"],
        monthly=pen.by_month(row["currency"]).written(row["mrr_e4"]),
    )


def _amount(ask: Ask, unit: Fraction, currency: str) -> str:
    pen = Pen(ask.language.locality)
    return pen.amount(currency, fine=True).written(round_half_away(unit * _TEN_THOUSANDTHS))
