"""What must hold of the reconciliation."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.checks import balance, differences
from ledgerline.datasets.node import Check, Params, Sources
from ledgerline.datasets.portable import month_number, month_of, months_from


def standing_at_ends(moved: Table, params: Params) -> Table:
    """Return what moves come to at each month's end: every one counts from its own month on."""
    last = max(params.months)
    stands = moved.mutate(
        number=month_number(row.booked_month),
        until=ibis.literal(last.year * 12 + last.month, "int64"),
    )
    listed = stands.mutate(at=months_from(stands, "number", "until"))
    ends = listed.mutate(book_month=month_of(row["at"]))
    return ends.filter(row.book_month.isin(params.months))


def _unlike_clearing(sources: Sources, params: Params) -> Table:
    """Compare what is open at each month's end with the balance of each merchant account."""
    rows = sources["cash_reconciliation"]
    left = rows.filter(rows.book_month.isin(params.months), rows.leg != "bank")
    moved = balance(sources["transfer"], "psp_clearing").mutate(psp_account=row.part_code)
    summed = moved.group_by("psp_account", "currency", "booked_month").agg(
        amount_minor=row.amount_minor.sum().cast("int64")
    )
    return differences(
        left.mutate(amount_minor=row.open_minor),
        standing_at_ends(summed, params),
        by=("psp_account", "currency", "book_month"),
    )


def _unlike_transit(sources: Sources, params: Params) -> Table:
    """Compare what is announced and not received at each month's end with what is on its way."""
    rows = sources["cash_reconciliation"]
    left = rows.filter(rows.book_month.isin(params.months), rows.leg == "bank")
    moved = balance(sources["transfer"], "in_transit")
    summed = moved.group_by("currency", "booked_month").agg(
        amount_minor=row.amount_minor.sum().cast("int64")
    )
    return differences(
        left.mutate(amount_minor=row.open_minor),
        standing_at_ends(summed, params),
        by=("currency", "book_month"),
    )


def _matched_and_open(sources: Sources, params: Params) -> Table:
    """Find legs on which all sides agree and that leave something open."""
    rows = sources["cash_reconciliation"]
    return rows.filter(
        rows.book_month.isin(params.months), rows.status == "matched", rows.open_minor != 0
    ).select("psp_account", "leg", "subject_id", "book_month", "open_minor")


def _unexplained(sources: Sources, params: Params) -> Table:
    """Find what has no end on one side at the end of the last month: people have to look at it."""
    rows = sources["cash_reconciliation"]
    last = max(params.months)
    return rows.filter(
        rows.book_month == ibis.date(last.year, last.month, last.day),
        ~rows.status.isin(("matched", "timing", "carried")),
    ).select("psp_account", "leg", "subject_id", "status", "difference_minor", "currency")


CHECKS: Final = (
    Check(
        "cash_reconciliation_clearing",
        "what is open is the balance of clearing, by merchant account",
        _unlike_clearing,
    ),
    Check(
        "cash_reconciliation_transit",
        "what banks have not received is what is on its way",
        _unlike_transit,
    ),
    Check(
        "cash_reconciliation_matched",
        "what all sides agree on leaves nothing open",
        _matched_and_open,
        blocks=False,
    ),
    Check(
        "cash_reconciliation_breaks",
        "both sides know everything that is older than two files",
        _unexplained,
        blocks=False,
    ),
)
