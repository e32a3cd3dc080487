"""Hold the close of each month against the close before, customer by customer."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.cohort_retention.model import WHO, at_closes, month_after
from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import month_number, month_of, stacked, within

_BOOK: Final = ("seller_code", "currency")
_SIDES: Final = ("opening_e4", "now_e4", "voluntary_count", "nonpayment_count")
_MADE: Final = (
    "opening_count", "lost_voluntary_count", "lost_nonpayment_count", "lost_other_count",
    "opening_e4", "now_e4", "kept_e4", "lost_voluntary_e4", "lost_nonpayment_e4",
)  # fmt: skip


def build(sources: Sources, params: Params) -> Table:
    """Return those of the months that have ended and began with a customer."""
    moved = sources["mrr_movements"]
    closes = at_closes(moved, month_after(max(params.months)))
    nothing = ibis.literal(0, "int64")
    both = stacked(
        _side(closes.mutate(number=row.number + 1, opening_e4=row.after_e4)),
        _side(closes.mutate(now_e4=row.after_e4)),
        _side(_leaving(moved)),
    )
    held = both.group_by(*WHO, "number").agg(**{name: row[name].sum() for name in _SIDES})
    opened = held.filter(row.opening_e4 > 0)
    is_lost = row.now_e4 == 0
    is_voluntary = is_lost & (row.voluntary_count > 0)
    is_unpaid = is_lost & (row.nonpayment_count > 0)
    lines = opened.mutate(
        close_month=month_of(row.number),
        opening_count=ibis.literal(1, "int64"),
        lost_voluntary_count=is_voluntary.cast("int64"),
        lost_nonpayment_count=is_unpaid.cast("int64"),
        lost_other_count=(is_lost & ~is_voluntary & ~is_unpaid).cast("int64"),
        kept_e4=ibis.ifelse(row.now_e4 < row.opening_e4, row.now_e4, row.opening_e4),
        lost_voluntary_e4=ibis.ifelse(is_voluntary, row.opening_e4, nothing),
        lost_nonpayment_e4=ibis.ifelse(is_unpaid, row.opening_e4, nothing),
    )
    this_month = ibis.date(params.today.year, params.today.month, 1)
    ended = lines.filter(within(row.close_month, params.months), row.close_month < this_month)
    return ended.group_by("close_month", *_BOOK).agg(
        **{name: row[name].sum().cast("int64") for name in _MADE}
    )


def _leaving(moved: Table) -> Table:
    """Return the last time in a month that each customer left the base, by its reason."""
    left = moved.filter(moved.after_e4 == 0).mutate(number=month_number(row.booked_on))
    of_month = ibis.window(group_by=(*WHO, "number"), order_by=ibis.desc("booked_on"))
    last = left.mutate(place=ibis.row_number().over(of_month)).filter(row.place == 0)
    is_churn = row.kind == "churn"
    return last.mutate(
        voluntary_count=(is_churn & (row.reason == "end_voluntary")).cast("int64"),
        nonpayment_count=(is_churn & (row.reason == "end_nonpayment")).cast("int64"),
    )


def _side(table: Table) -> Table:
    nothing = ibis.literal(0, "int64")
    numbers = {
        name: (table[name] if name in table.columns else nothing).cast("int64") for name in _SIDES
    }
    return table.select(*WHO, "number", **numbers)
