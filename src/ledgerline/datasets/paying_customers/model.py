"""Count by day who enters the base and who leaves it."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import Value, days_of

_BOOK: Final = ("seller_code", "currency")
_MOVES: Final = (
    "first_time_count", "from_trial_count", "returned_count", "transferred_count",
    "corrected_count", "ended_count", "nonpayment_count",
)  # fmt: skip


def build(sources: Sources, params: Params) -> Table:
    """Return every day of the months from the first one on that had a customer."""
    nothing = ibis.literal(0, "int64")
    daily = _counted(sources["mrr_movements"])
    until_then = ibis.window(group_by=_BOOK, order_by="booked_on", preceding=None, following=0)
    of_book = ibis.window(group_by=_BOOK, order_by="booked_on")
    came = row.first_time_count + row.returned_count + row.transferred_count + row.corrected_count
    held = daily.mutate(net=came - row.ended_count).mutate(
        closing_count=row.net.sum().over(until_then).cast("int64"),
        until_on=row.booked_on.lead(default=ibis.date(9999, 1, 1)).over(of_book),
    )
    day = days_of(params.months, until=params.today)
    found = day.join(held, [day.day_on >= held.booked_on, day.day_on < held.until_on])
    is_day = found.day_on == found.booked_on
    return found.select(
        "day_on", "day_month", *_BOOK, "closing_count",
        opening_count=found.closing_count - ibis.ifelse(is_day, found.net, nothing),
        **{name: ibis.ifelse(is_day, found[name], nothing) for name in _MOVES},
    )  # fmt: skip


def _counted(moved: Table) -> Table:
    enters = (moved.before_e4 == 0).cast("int64")
    leaves = (moved.after_e4 == 0).cast("int64")
    is_new, is_churn = moved.kind == "new", moved.kind == "churn"
    is_transfer = moved.kind.isin(("transfer_in", "transfer_out"))
    counts = moved.group_by(*_BOOK, "booked_on").agg(
        first_time_count=_sum(is_new),
        from_trial_count=_sum(is_new & (moved.reason == "trial_end")),
        returned_count=_sum(moved.kind == "reactivation"),
        transferred_count=_sum(is_transfer, enters - leaves),
        corrected_count=_sum(moved.kind == "correction", enters - leaves),
        ended_count=_sum(is_churn),
        nonpayment_count=_sum(is_churn & (moved.reason == "end_nonpayment")),
    )
    return counts.mutate(**{name: counts[name].cast("int64") for name in _MOVES})


def _sum(condition: Value, value: Value = 1) -> Value:
    counted: Value = ibis.ifelse(condition, value, 0)
    return counted.sum()
