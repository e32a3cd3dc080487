"""What the current release of the data sets says in short, as pictures and tables draw it."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from markupsafe import Markup

from ledgerline.base.calendar import add_months
from ledgerline.base.db import ReadTx
from ledgerline.base.statements import statements
from ledgerline.console.asking import Ask
from ledgerline.report.cells import Pen
from ledgerline.report.subscriber_views import SUBSCRIBER_VIEWS

BRIDGED: Final = 12
"""Months of the bridge: as many as the short of a release has."""
_SQL: Final = statements(__name__)
_BRIDGE, _MOVES = SUBSCRIBER_VIEWS["mrr_movements"]

Row = Mapping[str, Any]


class HeadlineView(NamedTuple):
    """The short of a release, as it is kept."""

    no: int
    business_day: date
    made_at: datetime
    body: str


class Book(NamedTuple):
    """What one seller has in one currency: monthly value, its movements, and who pays."""

    seller: str
    currency: str
    monthly: str
    subscribers: int
    came: int
    movements: Markup
    bridge: Markup


class Recovered(NamedTuple):
    """Renewals of a month whose first try failed."""

    month: str
    renewals: int
    recovered: int
    open: int


class Headline(NamedTuple):
    """The short of a release, by what it tells."""

    no: int
    business_day: date
    made_at: datetime
    rows: Mapping[str, Sequence[Row]]


async def headline(read: ReadTx) -> Headline | None:
    """Read what the current release says in short; None where nothing was released."""
    found = await read.row(_SQL["headline"], HeadlineView)
    if found is None:
        return None
    return Headline(found.no, found.business_day, found.made_at, json.loads(found.body))


def books(ask: Ask, found: Headline) -> list[Book]:
    """Draw each seller and currency, those with most subscribers first."""
    pen = Pen(ask.language.locality, ask.say)
    moved: dict[tuple[str, str], list[Row]] = {}
    for row in found.rows["movements"]:
        moved.setdefault((row["seller_code"], row["currency"]), []).append(_drawn(row))
    before = {
        (one["seller_code"], one["currency"]): one["value_e4"] for one in found.rows["before"]
    }
    paying: dict[tuple[str, str], list[Row]] = {}
    for row in found.rows["subscribers"]:
        paying.setdefault((row["seller_code"], row["currency"]), []).append(row)
    drawn = [
        _book(pen, of, rows, before=before.get(of, 0), paying=paying.get(of, []))
        for of, rows in moved.items()
    ]
    return sorted(drawn, key=lambda one: (-one.subscribers, one.seller, one.currency))


def recovery(ask: Ask, found: Headline) -> list[Recovered]:
    """Count renewals whose first try failed, the newest month first."""
    pen = Pen(ask.language.locality)
    return [
        Recovered(
            pen.month(date.fromisoformat(one["begun_month"])), one["renewals"], one["recovered"],
            one["open"],
        )
        for one in reversed(found.rows["recovery"])
    ]  # fmt: skip


def _drawn(row: Row) -> Row:
    return {
        "currency": row["currency"], "kind": row["kind"], "value": row["value_e4"],
        "month": date.fromisoformat(row["booked_month"]), "weight": 1,
    }  # fmt: skip


def _book(
    pen: Pen, of: tuple[str, str], rows: list[Row], *, before: int, paying: Sequence[Row]
) -> Book:
    seller, currency = of
    counts = [one["closing_count"] for one in paying]
    return Book(
        seller=seller, currency=currency,
        monthly=pen.by_month(currency).written(before + sum(one["value"] for one in rows)),
        subscribers=counts[-1] if counts else 0,
        came=counts[-1] - counts[-2] if len(counts) > 1 else 0,
        movements=_MOVES.draw(rows, pen, f"{pen.say(_MOVES.title)} {currency}"),
        bridge=_BRIDGE.draw(
            [_opening(rows, before), *rows], pen, f"{pen.say(_BRIDGE.title)} {currency}"
        ),
    )  # fmt: skip


def _opening(rows: Sequence[Row], before: int) -> Row:
    """Put what was before a year ahead of the last month: there the bridge begins."""
    last = max(one["month"] for one in rows)
    return {
        "currency": rows[0]["currency"], "kind": "new", "value": before, "weight": 1,
        "month": add_months(last, -BRIDGED, anchor_day=1),
    }  # fmt: skip
