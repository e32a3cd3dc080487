"""Build the return: stored amounts added up; nothing is computed from a total again."""

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import (
    Value,
    extended,
    month_number,
    month_of,
    stacked,
    within,
)

_KEY = (
    "seller_code", "market_code", "currency", "tax_category", "tax_rate_ppm", "tax_month",
    "original_month", "is_pending",
)  # fmt: skip
_TAKEN = (
    "seller_code", "market_code", "currency", "tax_category", "tax_rate_ppm", "tax_month",
    "original_month", "is_pending", "net_minor", "tax_minor", "counted_id",
)  # fmt: skip
_QUARTER = 3
TRUE, FALSE = ibis.literal(value=True), ibis.literal(value=False)
NOBODY = ibis.null("string")


def build(sources: Sources, params: Params) -> Table:
    """Return what lines were taxed that were booked, or were paid at last, in the months.

    What waited for its payment when its month ended is pending in that month, whatever came of it
    since. In the month in which it is paid it becomes a supply, and is taken out of what waits.
    """
    line = sources["document_line"].mutate(supplied_month=month_of(month_number(row.supplied_on)))
    late = line.filter(line.supplied_month > line.booked_month)
    paid = late.filter(within(late.supplied_month, params.months)).mutate(
        tax_month=row.supplied_month
    )
    supplied = paid.mutate(
        original_month=row.supplied_month, is_pending=FALSE, counted_id=row.document_id
    )
    freed = paid.mutate(
        is_pending=TRUE, counted_id=NOBODY, net_minor=-row.net_minor, tax_minor=-row.tax_minor
    )
    booked = _booked(line.filter(within(line.booked_month, params.months)), late)
    taken = stacked(*(one.select(*_TAKEN) for one in (booked, supplied, freed)))
    summed = taken.group_by(*_KEY).agg(
        taxable_minor=row.net_minor.sum().cast("int64"),
        tax_minor=row.tax_minor.sum().cast("int64"),
        document_count=row.counted_id.nunique().cast("int64"),
    )
    is_something = (row.taxable_minor != 0) | (row.tax_minor != 0)
    return _quarters(summed.filter(~row.is_pending | is_something))


def _booked(line: Table, late: Table) -> Table:
    """Return what was booked; what corrects a purchase that was paid late corrects that month."""
    waits = row.supplied_on.isnull() | (row.supplied_month > row.booked_month)
    happened = ~row.is_pending & ~row.is_void  # a checkout that was declined never did
    of_month = ("document_id", "booked_month")
    void = line.filter(line.kind == "void").select(*of_month).distinct().mutate(is_void=TRUE)
    booked = (
        extended(line, void, of_month, {"is_void": FALSE})
        .mutate(tax_month=row.booked_month, is_pending=waits)
        .mutate(counted_id=ibis.ifelse(happened, row.document_id, NOBODY))
    )
    moved = late.filter(row.kind == "line").select("root_line_id", moved_month=row.supplied_month)
    credit = booked.filter(row.kind == "credit")
    corrected = credit.join(moved, "root_line_id").mutate(original_month=row.moved_month)
    others = booked.filter(row.kind != "credit")
    return stacked(
        *(
            one.select(*_TAKEN)
            for one in (others, credit.anti_join(moved, "root_line_id"), corrected)
        )
    )


def _quarters(summed: Table) -> Table:
    dated = summed.mutate(
        quarter_start=_quarter(row.tax_month), original_quarter_start=_quarter(row.original_month)
    )
    return dated.mutate(
        is_correction=(row.original_quarter_start < row.quarter_start) & ~row.is_pending
    )


def _quarter(month: Value) -> Value:
    number = month_number(month)
    return month_of((number // _QUARTER).cast("int64") * _QUARTER)
