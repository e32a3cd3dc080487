"""What must hold of the cohorts."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.checks import differences
from ledgerline.datasets.node import Check, Params, Sources
from ledgerline.datasets.subscriber_counts.audits import closing

_BY: Final = ("seller_code", "currency", "close_month")


def _unlike_the_base(sources: Sources, params: Params) -> Table:
    """Compare the active of all cohorts with the customers in the base, at each month's end."""
    kept = sources["cohort_retention"]
    counted = closing(sources["paying_customers"], params, day="day_on")
    this_month = params.today.replace(day=1)
    return differences(
        kept.filter(kept.close_month.isin(params.months)).mutate(amount_minor=row.active_count),
        counted.filter(row.close_month < ibis.date(this_month.year, this_month.month, 1)).mutate(
            amount_minor=row.closing_count
        ),
        by=_BY,
    )


def _unlike_movements(sources: Sources, params: Params) -> Table:
    """Compare what the active of all cohorts pay with what moved up to each month's end."""
    kept = sources["cohort_retention"]
    closes = (
        kept.filter(kept.close_month.isin(params.months))
        .group_by(*_BY)
        .agg(mrr_e4=row.mrr_e4.sum().cast("int64"))
    )
    moved = sources["mrr_movements"].select("seller_code", "currency", "booked_month", "delta_e4")
    summed = (
        closes.join(moved, ["seller_code", "currency"])
        .filter(row.booked_month <= row.close_month)
        .group_by(*_BY, "mrr_e4")
        .agg(moved_e4=row.delta_e4.sum().cast("int64"))
    )
    return summed.filter(row.moved_e4 != row.mrr_e4)


def _out_of_order(sources: Sources, params: Params) -> Table:
    """Find cohorts of which more are active than began, or more unbroken than active."""
    kept = sources["cohort_retention"]
    return kept.filter(
        kept.close_month.isin(params.months),
        (kept.unbroken_count > kept.active_count)
        | (kept.active_count > kept.start_count)
        | (kept.age_count < 0),
    ).select("cohort_month", "close_month", "start_count", "active_count", "unbroken_count")


def _begun_otherwise(sources: Sources, params: Params) -> Table:
    """Compare who began in a month with who was new, or came first by transfer or correction."""
    kept, moved = sources["cohort_retention"], sources["mrr_movements"]
    of_customer = ibis.window(group_by=("seller_code", "currency", "customer_id"))
    dated = moved.mutate(first_on=row.booked_on.min().over(of_customer))
    is_first = (row.booked_on == row.first_on) & row.kind.isin(("transfer_in", "correction"))
    began = dated.filter((row.kind == "new") | is_first)
    this_month = params.today.replace(day=1)
    return differences(
        kept.filter(kept.close_month.isin(params.months), kept.age_count == 0).mutate(
            amount_minor=row.start_count
        ),
        began.filter(
            began.booked_month.isin(params.months),
            began.booked_month < ibis.date(this_month.year, this_month.month, 1),
        ).mutate(amount_minor=ibis.literal(1, "int64"), close_month=row.booked_month),
        by=_BY,
    )


CHECKS: Final = (
    Check(
        "cohort_retention_starts",
        "who begins in a month is new there, or was transferred or corrected there first",
        _begun_otherwise,
    ),
    Check(
        "cohort_retention_base",
        "the active of all cohorts are the customers in the base at each month's end",
        _unlike_the_base,
    ),
    Check(
        "cohort_retention_mrr",
        "what the active of all cohorts pay is what moved up to each month's end",
        _unlike_movements,
    ),
    Check(
        "cohort_retention_order",
        "unbroken are at most the active, and active at most those who began",
        _out_of_order,
    ),
)
