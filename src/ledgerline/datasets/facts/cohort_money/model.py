"""Build the money of cohorts: what each customer brought and cost, added up by where they came."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.checks import balance
from ledgerline.datasets.cohort_retention.model import WHO, first_days
from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import stacked, within

NONE: Final = "none"
_AMOUNTS: Final = ("revenue_minor", "psp_fee_minor", "dispute_loss_minor")
_CELL: Final = (
    "book_month", "seller_code", "currency", "cohort_month", "market_code", "plan_code",
)  # fmt: skip


def build(sources: Sources, params: Params) -> Table:
    """Return what was booked in the months, by cohort."""
    money = stacked(_revenue(sources, params), _fees(sources), _losses(sources))
    booked = money.filter(within(row.book_month, params.months))
    came = first_days(sources["mrr_movements"]).select(
        *WHO, "cohort_month", "market_code", "plan_code"
    )
    joined = booked.join(came, WHO)
    of_cohort = joined.filter(row.book_month >= row.cohort_month).select(*_CELL, *_AMOUNTS)
    early = joined.filter(row.book_month < row.cohort_month).select(*booked.columns)
    nobody = stacked(booked.anti_join(came, WHO), early).select(
        "book_month", "seller_code", "currency", cohort_month=row.book_month,
        market_code=ibis.literal(NONE), plan_code=ibis.literal(NONE),
        **{name: row[name] for name in _AMOUNTS},
    )  # fmt: skip
    summed = stacked(of_cohort, nobody).group_by(*_CELL)
    return summed.agg(**{name: row[name].sum().cast("int64") for name in _AMOUNTS})


def _revenue(sources: Sources, params: Params) -> Table:
    """Return what the books have earned, as the roll-forward of deferral counts it."""
    earned, until = sources["revenue_schedule"], params.recognised_through
    booked = earned.segment == "at_once"
    if until is not None:
        booked |= earned.booked_month <= ibis.date(until.year, until.month, until.day)
    return _moved(earned.filter(booked).mutate(revenue_minor=row.earned_minor))


def _fees(sources: Sources) -> Table:
    legs = sources["cash_leg"]
    fees = legs.filter(legs.side == "theirs", legs.leg == "fee")
    return _moved(fees.mutate(psp_fee_minor=-row.amount_minor))


def _losses(sources: Sources) -> Table:
    who = sources["dispute_move"].select("dispute_id", "customer_id").distinct()
    lost = balance(sources["transfer"], "dispute_loss").mutate(dispute_loss_minor=row.amount_minor)
    known = lost.join(who, lost.source_id == who.dispute_id)
    untold = lost.anti_join(who, lost.source_id == who.dispute_id)
    return stacked(_moved(known), _moved(untold.mutate(customer_id=ibis.null("string"))))


def _moved(table: Table) -> Table:
    """Return one kind of amount of customers by month, the other kinds being nothing."""
    nothing = ibis.literal(0, "int64")
    return table.select(
        "seller_code", "currency", "customer_id", book_month=row.booked_month,
        **{name: row[name] if name in table.columns else nothing for name in _AMOUNTS},
    )  # fmt: skip
