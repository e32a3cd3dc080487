"""What must hold of the revenue schedule."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.checks import balance, differences
from ledgerline.datasets.node import Check, Params, Sources
from ledgerline.datasets.portable import EXACT_BELOW, days_between


def _unspread(sources: Sources, params: Params) -> Table:
    """Find lines whose months do not sum to them."""
    line = sources["document_line"]
    earning = line.filter(
        line.booked_month.isin(params.months), line.earns_from_on.notnull(), line.kind != "void"
    )
    earned = sources["revenue_schedule"]
    spread = earned.filter(earned.line_month.isin(params.months))
    return differences(
        earning.mutate(amount_minor=row.net_minor),
        spread.mutate(amount_minor=row.earned_minor),
        by=("line_id", "kind"),
    )


def _unlike_the_books(sources: Sources, params: Params) -> Table:
    """Find months in which the books earned something else."""
    transfer, recognition = sources["transfer"], sources["recognition"]
    by = ("seller_code", "currency", "category", "booked_month")
    booked = balance(transfer.filter(transfer.purpose == "recognise"), "revenue")
    named = booked.join(recognition.select("source_id", "category", "earned_month"), "source_id")
    until = params.recognised_through
    earned = sources["revenue_schedule"]
    counts = earned.segment == "schedule"
    if until is not None:
        counts &= earned.booked_month <= ibis.date(until.year, until.month, until.day)
    else:
        counts &= ibis.literal(value=False)
    return differences(
        earned.filter(counts).mutate(amount_minor=row.earned_minor),
        named.drop("booked_month").mutate(
            amount_minor=-row.amount_minor, booked_month=row.earned_month
        ),
        by=by,
    )


def _taken_back_otherwise(sources: Sources, params: Params) -> Table:
    """Find months in which credits took something else out of revenue."""
    earned, transfer = sources["revenue_schedule"], sources["transfer"]
    booked = balance(transfer.filter(transfer.purpose == "credit_earned"), "revenue")
    at_once = earned.filter(earned.segment == "at_once", earned.booked_month.isin(params.months))
    return differences(
        at_once.mutate(amount_minor=row.earned_minor),
        booked.filter(booked.booked_month.isin(params.months)).mutate(
            amount_minor=-row.amount_minor, category=row.part_code
        ),
        by=("seller_code", "currency", "category", "booked_month"),
    )


def _too_large(sources: Sources, params: Params) -> Table:
    """Find lines whose days cannot be divided exactly."""
    line = sources["document_line"]
    sized = line.filter(line.booked_month.isin(params.months)).mutate(
        numerator=row.net_minor.abs() * (days_between(row.service_start, row.service_end) + 1)
    )
    return sized.filter(row.numerator >= EXACT_BELOW).select("line_id", "net_minor")


CHECKS: Final = (
    Check("revenue_schedule_lines", "the months of a line sum to the line", _unspread),
    Check(
        "revenue_schedule_revenue", "a month earns what the ledger recognised", _unlike_the_books
    ),
    Check(
        "revenue_schedule_credits",
        "credits take back the revenue that the ledger took back",
        _taken_back_otherwise,
    ),
    Check("revenue_schedule_exact", "every line can be divided exactly by its days", _too_large),
)
