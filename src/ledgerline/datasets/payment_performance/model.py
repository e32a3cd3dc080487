"""Build the cells: payments by the day and account of their first try."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.facts.payment.model import FULL, MATURE_DAYS
from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import days_between, within

_CELL: Final = (
    "begun_on", "begun_month", "seller_code", "market_code", "currency", "psp_account",
    "initiator", "cause", "is_recollection", "arm", "mature_on",
)  # fmt: skip


def build(sources: Sources, params: Params) -> Table:
    """Return the cells of the payments that were begun in the months."""
    payment = sources["payment"]
    begun = payment.filter(within(payment.begun_month, params.months))
    paid = row.state == "succeeded"
    days = days_between(row.begun_on, ibis.coalesce(row.paid_on, row.begun_on))
    measured = begun.mutate(
        is_ok=paid, is_final=paid & (days <= MATURE_DAYS), is_recollection=row.purpose != FULL
    ).mutate(
        payment_count=ibis.literal(1, "int64"),
        first_ok_count=ibis.ifelse(row.first_result == "authorised", 1, 0),
        first_unknown_count=ibis.ifelse(row.first_result == "unknown", 1, 0),
        final_ok_count=ibis.ifelse(row.is_final, 1, 0),
        ok_count=ibis.ifelse(row.is_ok, 1, 0),
        begun_minor=row.amount_minor,
        final_ok_minor=ibis.ifelse(row.is_final, row.amount_minor, 0),
        ok_minor=ibis.ifelse(row.is_ok, row.amount_minor, 0),
    )
    summed = (
        "payment_count", "first_ok_count", "first_unknown_count", "final_ok_count", "ok_count",
        "attempt_count", "begun_minor", "final_ok_minor", "ok_minor",
    )  # fmt: skip
    return measured.group_by(*_CELL).agg(**{name: row[name].sum().cast("int64") for name in summed})
