"""Build the return: stored amounts added up; nothing is computed from a total again."""

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import (
    Value,
    extended,
    in_months,
    month_number,
    month_of,
    month_start,
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
_OF_MONTH = ("document_id", "booked_month")
_QUARTER = 3
TRUE, FALSE = ibis.literal(value=True), ibis.literal(value=False)
NOBODY = ibis.null("string")


def build(sources: Sources, params: Params) -> Table:
    """Return what lines were taxed that were booked, or were paid at last, in the months.

    What waited for its payment when its month ended is pending in that month, whatever came of it
    since. In the month in which it is paid it becomes a supply, and is taken out of what waits.
    """
    line = sources["document_line"]
    paid = _late(line.filter(in_months(line.supplied_on, params.months)))
    supplied = paid.mutate(
        original_month=row.tax_month, is_pending=FALSE, counted_id=row.document_id
    )
    freed = paid.mutate(
        is_pending=TRUE, counted_id=NOBODY, net_minor=-row.net_minor, tax_minor=-row.tax_minor
    )
    booked = line.filter(within(line.booked_month, params.months))
    void = booked.filter(booked.kind == "void").select(*_OF_MONTH).distinct().mutate(is_void=TRUE)
    credit = _corrected(booked.filter(booked.kind == "credit"), line.filter(line.kind == "line"))
    taken = stacked(
        *(
            one.select(*_TAKEN)
            for one in (
                _booked(booked.filter(booked.kind != "credit"), void),
                _booked(credit, void),
                supplied,
                freed,
            )
        )
    )
    summed = taken.group_by(*_KEY).agg(
        taxable_minor=row.net_minor.sum().cast("int64"),
        tax_minor=row.tax_minor.sum().cast("int64"),
        document_count=row.counted_id.nunique().cast("int64"),
    )
    is_something = (row.taxable_minor != 0) | (row.tax_minor != 0)
    return _quarters(summed.filter(~row.is_pending | is_something))


def _late(line: Table) -> Table:
    """Return what was supplied in a later month than it was booked in; its tax is that month's."""
    dated = line.mutate(tax_month=month_start(row.supplied_on))
    return dated.filter(row.tax_month > row.booked_month)


def _corrected(credit: Table, line: Table) -> Table:
    """Let what corrects a purchase that was paid late correct the month in which it was paid."""
    moved = _late(line.select("root_line_id", "supplied_on", "booked_month"))
    found = extended(
        credit, moved.select("root_line_id", moved_month=row.tax_month), ("root_line_id",),
        {"moved_month": None},
    )  # fmt: skip
    return found.mutate(
        original_month=ibis.ifelse(row.moved_month.isnull(), row.original_month, row.moved_month)
    ).drop("moved_month")


def _booked(line: Table, void: Table) -> Table:
    """Return what was booked, with what waits for its payment, and the documents that count."""
    waits = row.supplied_on.isnull() | (month_start(row.supplied_on) > row.booked_month)
    happened = ~row.is_pending & ~row.is_void  # a checkout that was declined never did
    return (
        extended(line, void, _OF_MONTH, {"is_void": FALSE})
        .mutate(tax_month=row.booked_month, is_pending=waits)
        .mutate(counted_id=ibis.ifelse(happened, row.document_id, NOBODY))
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
