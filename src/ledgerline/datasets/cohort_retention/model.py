"""Build the cohorts: where each customer stands at the close of each month since they came."""

from datetime import date
from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import (
    Value,
    month_number,
    month_of,
    month_start,
    months_from,
    stacked,
)

WHO: Final = ("seller_code", "currency", "customer_id")
_COHORT: Final = ("cohort_month", "seller_code", "currency", "market_code", "plan_code")
_NUMBERS: Final = ("start_count", "active_count", "unbroken_count", "mrr_start_e4", "mrr_e4")


def build(sources: Sources, params: Params) -> Table:
    """Return every cohort at the close of those of the months that have ended."""
    ended = tuple(month for month in params.months if month < params.today.replace(day=1))
    if not ended:
        return _nothing()
    moved = sources["mrr_movements"]
    last = month_after(max(ended))
    came = first_days(moved)
    standing = at_closes(moved, last).join(
        came.select(*WHO, "cohort_month", "market_code", "plan_code", "first_left_on"), WHO
    )
    nothing, one = ibis.literal(0, "int64"), ibis.literal(1, "int64")
    is_unbroken = row.first_left_on.isnull() | (row.first_left_on >= month_of(row.number + 1))
    active = standing.select(
        *_COHORT,
        "number",
        start_count=nothing,
        active_count=one,
        unbroken_count=ibis.ifelse(is_unbroken, one, nothing),
        mrr_start_e4=nothing,
        mrr_e4=row.after_e4,
    )
    spans = came.mutate(
        since=month_number(row.cohort_month), until=ibis.literal(last, "int64")
    ).filter(row.since < row.until)
    started = spans.select(
        *_COHORT,
        number=months_from(spans, "since", "until"),
        start_count=one,
        active_count=nothing,
        unbroken_count=nothing,
        mrr_start_e4=spans.after_e4,
        mrr_e4=nothing,
    )
    summed = (
        stacked(started, active)
        .group_by(*_COHORT, "number")
        .agg(**{name: row[name].sum().cast("int64") for name in _NUMBERS})
    )
    closes = summed.mutate(
        close_month=month_of(row.number),
        age_count=row.number - month_number(row.cohort_month),
    )
    return closes.filter(row.close_month.isin(ended)).select(
        *_COHORT, "close_month", "age_count", *_NUMBERS
    )


def month_after(month: date) -> int:
    """Return the number of the month that follows."""
    return month.year * 12 + month.month


def at_closes(moved: Table, last: int) -> Table:
    """Return what each customer in the base pays at the close of each month before ``last``.

    ``number`` is that month's.
    """
    of_customer = ibis.window(group_by=WHO, order_by="booked_on")
    numbered = moved.mutate(
        since=month_number(row.booked_on),
        until_on=row.booked_on.lead(default=month_day(last)).over(of_customer),
    ).mutate(until=month_number(row.until_on))
    standing = numbered.filter(row.after_e4 > 0, row.since < row.until, row.since < last)
    bounded = standing.mutate(until=ibis.ifelse(row.until > last, last, row.until))
    return bounded.select(*WHO, "after_e4", number=months_from(bounded, "since", "until"))


def month_day(number: int) -> ibis.Value:
    """Return the first day of a month that is known already."""
    return ibis.date(number // 12, number % 12 + 1, 1)


def first_days(moved: Table) -> Table:
    """Return each customer's first day in the base, and the first one on which they left."""
    of_customer = ibis.window(group_by=WHO)
    left: Value = ibis.ifelse(moved.after_e4 == 0, moved.booked_on, ibis.null("date"))
    dated = moved.mutate(
        first_on=row.booked_on.min().over(of_customer), first_left_on=left.min().over(of_customer)
    )
    return dated.filter(row.booked_on == row.first_on).mutate(
        cohort_month=month_start(row.first_on)
    )


def _nothing() -> Table:
    """Return no rows: no month has ended."""
    names = (*_COHORT, "close_month", "age_count", *_NUMBERS)
    kinds = {name: "int64" if name.endswith(("_count", "_e4")) else "string" for name in names}
    kinds |= {name: "date" for name in names if name.endswith("_month")}
    return ibis.memtable([], schema=kinds)
