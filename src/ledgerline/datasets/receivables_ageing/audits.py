"""What must hold of the ageing."""

from typing import Final

from ibis import Table
from ibis import _ as row

from ledgerline.datasets.checks import balance, differences
from ledgerline.datasets.node import Check, Params, Sources
from ledgerline.datasets.portable import month_number, month_of, months_from

_KEY = ("seller_code", "currency", "as_of_month")


def _unlike_the_books(sources: Sources, params: Params) -> Table:
    """Compare what is open at each month's end with what the account stood at."""
    last = max(params.months)
    moved = balance(sources["transfer"], "receivable").mutate(number=month_number(row.booked_month))
    monthly = moved.group_by("seller_code", "currency", "number").agg(
        amount_minor=row.amount_minor.sum().cast("int64")
    )
    stands = monthly.mutate(until=row.number * 0 + (last.year * 12 + last.month))
    listed = stands.select(
        "seller_code", "currency", "amount_minor", at=months_from(stands, "number", "until")
    ).mutate(as_of_month=month_of(row["at"]))
    aged = sources["receivables_ageing"]
    return differences(
        aged.filter(aged.as_of_month.isin(params.months)).mutate(amount_minor=row.open_minor),
        listed.filter(row.as_of_month.isin(params.months)),
        by=_KEY,
    )


def _below_zero(sources: Sources, params: Params) -> Table:
    aged = sources["receivables_ageing"]
    return aged.filter(aged.as_of_month.isin(params.months), aged.open_minor < 0).select(
        "invoice_id", "as_of_month", "open_minor"
    )


CHECKS: Final = (
    Check(
        "receivables_ageing_ledger", "what is open is the balance in the ledger", _unlike_the_books
    ),
    Check("receivables_ageing_positive", "nobody is owed by an invoice", _below_zero),
)
