"""Build the roll-forward: moves of a month, cumulated; each line stands on one side at its end.

What stands as an asset is added up by line; all else that is open is deferred.
"""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.deferred_revenue.remaining import LEFT, remaining_of
from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import month_number, month_of, months_from, stacked, within

_KEY: Final = ("seller_code", "currency", "category")
_MOVES: Final = (
    "billed_minor", "credited_minor", "recognised_minor", "catch_up_minor",
    "recognised_from_opening_minor",
)  # fmt: skip
_ASSET: Final = "closing_contract_asset_minor"


def build(sources: Sources, params: Params) -> Table:
    """Return every key in every month from its first one on, as far as there are months."""
    line, earned = sources["document_line"], _booked(sources["revenue_schedule"], params)
    moves = stacked(_billed(line), _recognised(earned))
    last = max(month.year * 12 + month.month - 1 for month in params.months)
    nothing = ibis.literal(0, "int64")
    may_turn = _may_turn(sources)
    turned = stacked(
        _billed(line.semi_join(may_turn, "root_line_id")),
        _recognised(earned.semi_join(may_turn, "root_line_id")),
    )
    left = remaining_of(sources, params, last).mutate(**dict.fromkeys((*_MOVES, _ASSET), nothing))
    listed = stacked(_monthly(moves, last), _assets(turned, last), left)
    columns = (*_MOVES, _ASSET, *LEFT)
    summed = listed.group_by(*_KEY, "number").agg(**{name: row[name].sum() for name in columns})
    change = row.billed_minor + row.credited_minor - row.recognised_minor
    window = ibis.window(group_by=_KEY, order_by="number", preceding=None, following=0)
    rolled = summed.mutate(change=change).mutate(
        closing_minor=row.change.sum().over(window),
        **{name: row[name].sum().over(window) for name in LEFT},
    )
    rows = rolled.mutate(
        opening_minor=row.closing_minor - row.change,
        closing_deferred_minor=row.closing_minor + row[_ASSET],
        book_month=month_of(row.number),
    )
    kept = rows.filter(within(row.book_month, params.months))
    return kept.select(
        *_KEY, "book_month",
        **{
            name: row[name].cast("int64")
            for name in (
                "opening_minor", *_MOVES, "closing_minor", "closing_deferred_minor", _ASSET, *LEFT,
            )
        },
    )  # fmt: skip


def _billed(line: Table) -> Table:
    nothing = ibis.literal(0, "int64")
    return line.select(
        *_KEY,
        "root_line_id",
        number=month_number(row.booked_month),
        billed_minor=ibis.ifelse(row.kind == "credit", nothing, row.net_minor),
        credited_minor=ibis.ifelse(row.kind == "credit", row.net_minor, nothing),
        recognised_minor=nothing,
        catch_up_minor=nothing,
        recognised_from_opening_minor=nothing,
    )


def _booked(earned: Table, params: Params) -> Table:
    """Return what the books have earned: of days only until the last month they recognised."""
    until = params.recognised_through
    booked = earned.segment == "at_once"
    if until is not None:
        booked |= earned.booked_month <= ibis.date(until.year, until.month, until.day)
    return earned.filter(booked)


def _recognised(earned: Table) -> Table:
    nothing = ibis.literal(0, "int64")
    return earned.select(
        *_KEY,
        "root_line_id",
        number=month_number(row.booked_month),
        billed_minor=nothing,
        credited_minor=nothing,
        recognised_minor=row.earned_minor,
        catch_up_minor=ibis.ifelse(row.is_catch_up, row.earned_minor, nothing),
        recognised_from_opening_minor=ibis.ifelse(
            row.line_month < row.booked_month, row.earned_minor, nothing
        ),
    )


def _monthly(moves: Table, last: int) -> Table:
    """Return the moves of each month, and a row without any for every other month of a key."""
    nothing = ibis.literal(0, "int64")
    summed = moves.group_by(*_KEY, "number").agg(**{name: row[name].sum() for name in _MOVES})
    spans = (
        summed.group_by(*_KEY)
        .agg(since=row.number.min())
        .mutate(until=ibis.literal(last + 1, "int64"))
    )
    every = spans.select(*_KEY, number=months_from(spans, "since", "until"))
    empty = every.mutate(**dict.fromkeys(_MOVES, nothing))
    both = stacked(
        summed.select(*_KEY, "number", **{name: row[name].cast("int64") for name in _MOVES}),
        empty.select(*_KEY, "number", *_MOVES),
    )
    return both.mutate(**dict.fromkeys((_ASSET, *LEFT), nothing))


def _may_turn(sources: Sources) -> Table:
    """Return the lines that may ever have earned more than was billed of them.

    What was billed once, and is earned from then on, never has: its months sum to it. That is
    nearly every line, and to follow each through its months is most of the work.
    """
    line, earned = sources["document_line"], sources["revenue_schedule"]
    taken_back = line.filter((line.kind != "line") | (line.net_minor < 0))
    ahead = earned.filter((earned.booked_month < earned.line_month) | (earned.earned_minor < 0))
    return stacked(taken_back.select("root_line_id"), ahead.select("root_line_id")).distinct()


def _assets(moves: Table, last: int) -> Table:
    """Return what lines have earned beyond what was billed, at the end of each month."""
    nothing = ibis.literal(0, "int64")
    change = row.billed_minor + row.credited_minor - row.recognised_minor
    changed = moves.group_by(*_KEY, "root_line_id", "number").agg(change=change.sum())
    of_line = ibis.window(group_by="root_line_id", order_by="number")
    until_then = ibis.window(
        group_by="root_line_id", order_by="number", preceding=None, following=0
    )
    held = changed.filter(row.change != 0).mutate(
        position=row.change.sum().over(until_then).cast("int64"),
        following=row.number.lead(default=last + 1).over(of_line),
    )
    standing = held.filter(row.position < 0)
    ends = standing.mutate(at=months_from(standing, "number", "following"))
    return ends.select(
        *_KEY,
        number=row["at"],
        **dict.fromkeys((*_MOVES, *LEFT), nothing),
        **{_ASSET: -row.position},
    )
