"""Build the ageing: what was claimed and applied, cumulated by month, of what is not settled."""

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import (
    Value,
    days_between,
    month_number,
    month_of,
    months_from,
    stacked,
    within,
)

_CLAIMED = ("issue_net", "issue_tax")
_VOIDED = ("void_net", "void_tax")
_BUCKETS = ((0, "not_due"), (30, "1_30"), (60, "31_60"), (90, "61_90"), (120, "91_120"))
_OLDEST = "121_up"


def build(sources: Sources, params: Params) -> Table:
    """Return every invoice that is open at the end of one of the months."""
    nothing = ibis.literal(0, "int64")
    months = sorted(month.year * 12 + month.month - 1 for month in params.months)
    changes = _changes(sources)
    changed = (
        changes.join(_ever_open(changes), "invoice_id")
        .group_by("invoice_id", "number")
        .agg(claimed=row.claimed.sum(), applied=row.applied.sum())
    )
    of_invoice = ibis.window(group_by="invoice_id", order_by="number")
    until_then = ibis.window(group_by="invoice_id", order_by="number", preceding=None, following=0)
    held = changed.mutate(
        gross_minor=row.claimed.sum().over(until_then).cast("int64"),
        applied_minor=row.applied.sum().over(until_then).cast("int64"),
        following=row.number.lead(default=months[-1] + 1).over(of_invoice),
    ).mutate(open_minor=row.gross_minor - row.applied_minor)
    open_ = held.filter(row.open_minor != nothing)
    listed = open_.mutate(at=months_from(open_, "number", "following"))
    ends = listed.mutate(as_of_month=month_of(row["at"]), next_month=month_of(row["at"] + 1))
    wanted = ends.filter(within(row.as_of_month, params.months))
    today = ibis.date(params.today.year, params.today.month, params.today.day)
    last_day = row.next_month - ibis.interval(days=1)
    dated = wanted.mutate(
        as_of_on=ibis.ifelse(row.next_month > today, today, last_day.cast("date"))
    )
    invoice = sources["invoice"].select(
        "invoice_id", "customer_id", "seller_code", "market_code", "currency", "due_on"
    )
    aged = dated.join(invoice, "invoice_id").mutate(age_days=days_between(row.due_on, row.as_of_on))
    return aged.select(
        "invoice_id", "as_of_month", "as_of_on", "customer_id", "seller_code", "market_code",
        "currency", "due_on", "age_days", "gross_minor", "applied_minor", "open_minor",
        bucket_code=_bucket(),
    )  # fmt: skip


def _ever_open(changes: Table) -> Table:
    """Return invoices that are open at the end of any month: most are settled in their own."""
    spans = changes.group_by("invoice_id").agg(
        first=row.number.min(),
        last=row.number.max(),
        left_minor=(row.claimed - row.applied).sum(),
    )
    return spans.filter((row["first"] != row["last"]) | (row.left_minor != 0)).select("invoice_id")


def _changes(sources: Sources) -> Table:
    transfer, nothing = sources["transfer"], ibis.literal(0, "int64")
    claims = transfer.filter(transfer.purpose.isin(_CLAIMED + _VOIDED)).select(
        number=month_number(row.booked_month),
        invoice_id=row.source_id,
        claimed=ibis.ifelse(row.purpose.isin(_CLAIMED), row.amount_minor, -row.amount_minor),
        applied=nothing,
    )
    applied = sources["allocation"].select(
        "invoice_id",
        number=month_number(row.effective_on),
        claimed=nothing,
        applied=row.applied_minor,
    )
    return stacked(
        claims.select("invoice_id", "number", "claimed", "applied"),
        applied.select("invoice_id", "number", "claimed", "applied"),
    )


def _bucket() -> Value:
    return ibis.cases(*((row.age_days <= days, code) for days, code in _BUCKETS), else_=_OLDEST)
