"""What must hold of the money of cohorts."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.checks import balance, differences
from ledgerline.datasets.node import Check, Params, Sources

_BY: Final = ("seller_code", "currency", "book_month")


def _unlike_the_schedule(sources: Sources, params: Params) -> Table:
    """Compare the revenue of all cohorts with what the schedule has recognised."""
    earned, until = sources["revenue_schedule"], params.recognised_through
    booked = earned.segment == "at_once"
    if until is not None:
        booked |= earned.booked_month <= ibis.date(until.year, until.month, until.day)
    return differences(
        _of(sources, params).mutate(amount_minor=row.revenue_minor),
        earned.filter(booked, earned.booked_month.isin(params.months)).mutate(
            amount_minor=row.earned_minor, book_month=row.booked_month
        ),
        by=_BY,
    )


def _unlike_fees(sources: Sources, params: Params) -> Table:
    """Compare the fees of all cohorts with the account."""
    found = _of(sources, params).mutate(amount_minor=row.psp_fee_minor)
    return differences(found, _booked(sources, params, "psp_fees"), by=_BY)


def _unlike_losses(sources: Sources, params: Params) -> Table:
    """Compare the lost disputes of all cohorts with the account."""
    found = _of(sources, params).mutate(amount_minor=row.dispute_loss_minor)
    return differences(found, _booked(sources, params, "dispute_loss"), by=_BY)


def _of(sources: Sources, params: Params) -> Table:
    return sources["cohort_money"].filter(row.book_month.isin(params.months))


def _booked(sources: Sources, params: Params, account: str) -> Table:
    moved = balance(sources["transfer"], account).mutate(book_month=row.booked_month)
    return moved.filter(row.book_month.isin(params.months))


CHECKS: Final = (
    Check("cohort_money_revenue", "cohorts bring what was recognised", _unlike_the_schedule),
    Check("cohort_money_fees", "cohorts cost the fees that the ledger has", _unlike_fees),
    Check("cohort_money_losses", "cohorts lost what the ledger lost to disputes", _unlike_losses),
)
