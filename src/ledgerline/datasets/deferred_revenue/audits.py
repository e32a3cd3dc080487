"""What must hold of the roll-forward."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.checks import balance, differences
from ledgerline.datasets.node import Check, Params, Sources
from ledgerline.datasets.portable import month_number, stacked

_KEY = ("seller_code", "currency", "category")


def _unlike_the_books(sources: Sources, params: Params) -> Table:
    """Compare the last closing with all that ever moved the account."""
    last = max(params.months)
    rolled = sources["deferred_revenue"]
    closing = rolled.filter(rolled.book_month == ibis.date(last.year, last.month, last.day))
    moved = balance(sources["transfer"], "deferred_revenue")
    return differences(
        closing.mutate(amount_minor=row.closing_minor),
        moved.mutate(amount_minor=-row.amount_minor, category=row.part_code),
        by=_KEY,
    )


def _sides_apart(sources: Sources, params: Params) -> Table:
    """Find closings that are not what single lines stand at."""
    rolled = sources["deferred_revenue"]
    sides = row.closing_deferred_minor - row.closing_contract_asset_minor
    return rolled.filter(rolled.book_month.isin(params.months), row.closing_minor != sides).select(
        *_KEY, "book_month", "closing_minor"
    )


def _scheduled_otherwise(sources: Sources, params: Params) -> Table:
    """Find closings that are not what is still to be earned."""
    rolled = sources["deferred_revenue"]
    left = row.remaining_12m_minor + row.remaining_later_minor
    return rolled.filter(rolled.book_month.isin(params.months), row.closing_minor != left).select(
        *_KEY, "book_month", "closing_minor", "remaining_12m_minor", "remaining_later_minor"
    )


def _open_otherwise(sources: Sources, params: Params) -> Table:
    """Find months that do not begin with what the one before ended with."""
    del params
    rolled = sources["deferred_revenue"].mutate(number=month_number(row.book_month))
    nothing = ibis.literal(0, "int64")
    first = rolled.group_by(*_KEY).agg(first=row.number.min())
    later = rolled.join(first, _KEY).filter(row.number > row["first"])
    last = rolled.number.max()
    ended = rolled.filter(rolled.number < last.as_scalar())
    both = stacked(
        later.select(*_KEY, "number", left_minor=row.opening_minor, right_minor=nothing),
        ended.select(
            *_KEY, number=row.number + 1, left_minor=nothing, right_minor=row.closing_minor
        ),
    )
    summed = both.group_by(*_KEY, "number").agg(
        left_minor=row.left_minor.sum(), right_minor=row.right_minor.sum()
    )
    return summed.filter(row.left_minor != row.right_minor)


CHECKS: Final = (
    Check(
        "deferred_revenue_ledger",
        "the last closing is the balance in the ledger",
        _unlike_the_books,
    ),
    Check("deferred_revenue_sides", "what closes is what single lines stand at", _sides_apart),
    Check(
        "deferred_revenue_remaining",
        "what closes is what is still to be earned",
        _scheduled_otherwise,
    ),
    Check("deferred_revenue_bridge", "a month opens as the one before closed", _open_otherwise),
)
