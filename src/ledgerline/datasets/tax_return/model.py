"""Build the return: stored amounts added up; nothing is computed from a total again."""

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import Value, month_number, month_of

_KEY = (
    "seller_code", "market_code", "currency", "tax_category", "tax_rate_ppm", "tax_month",
    "original_month",
)  # fmt: skip
_QUARTER = 3


def build(sources: Sources, params: Params) -> Table:
    """Return what lines that were booked in the months were taxed."""
    line = sources["document_line"]
    of_month = ibis.window(group_by=("document_id", "booked_month"))
    is_void = (row.kind == "void").cast("int64").max().over(of_month) == 1
    happened = row.earns_from_on.notnull() & ~is_void  # a checkout that was declined never did
    dated = line.filter(line.booked_month.isin(params.months)).mutate(
        tax_month=row.booked_month,
        counted_id=ibis.ifelse(happened, row.document_id, ibis.null("string")),
    )
    summed = dated.group_by(*_KEY).agg(
        taxable_minor=row.net_minor.sum().cast("int64"),
        tax_minor=row.tax_minor.sum().cast("int64"),
        document_count=row.counted_id.nunique().cast("int64"),
    )
    return summed.mutate(
        quarter_start=_quarter(row.tax_month), original_quarter_start=_quarter(row.original_month)
    ).mutate(is_correction=row.original_quarter_start < row.quarter_start)


def _quarter(month: Value) -> Value:
    number = month_number(month)
    return month_of((number // _QUARTER).cast("int64") * _QUARTER)
