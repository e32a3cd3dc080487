"""What must hold of lifetime values."""

from typing import Final

from ibis import Table
from ibis import _ as row

from ledgerline.datasets.cash_reconciliation.audits import standing_at_ends
from ledgerline.datasets.checks import balance, differences
from ledgerline.datasets.lifetime_value.model import closed
from ledgerline.datasets.node import Check, Params, Sources

_BY: Final = ("seller_code", "currency", "close_month")


def _unlike_revenue(sources: Sources, params: Params) -> Table:
    """Compare what all cohorts brought until each close with what was recognised by then."""
    earned = sources["revenue_schedule"].mutate(amount_minor=row.earned_minor)
    return _unlike(sources, params, "revenue_minor", earned)


def _unlike_fees(sources: Sources, params: Params) -> Table:
    """Compare the fees of all cohorts until each close with the account."""
    return _unlike(sources, params, "psp_fee_minor", balance(sources["transfer"], "psp_fees"))


def _unlike_losses(sources: Sources, params: Params) -> Table:
    """Compare the lost disputes of all cohorts until each close with the account."""
    lost = balance(sources["transfer"], "dispute_loss")
    return _unlike(sources, params, "dispute_loss_minor", lost)


def _unlike(sources: Sources, params: Params, name: str, moved: Table) -> Table:
    values = sources["lifetime_value"]
    observed = values.filter(values.method == "observed", values.close_month.isin(params.months))
    summed = moved.group_by("seller_code", "currency", "booked_month").agg(
        amount_minor=row.amount_minor.sum().cast("int64")
    )
    ended = standing_at_ends(summed, params).mutate(close_month=row.book_month)
    return differences(
        observed.mutate(amount_minor=row[name]),
        ended.filter(row.close_month.isin(closed(params))),
        by=_BY,
    )


def _unlike_cohorts(sources: Sources, params: Params) -> Table:
    """Compare who is at the start with the cohorts, close by close."""
    values, kept = sources["lifetime_value"], sources["cohort_retention"]
    observed = values.filter(values.method == "observed", values.close_month.isin(params.months))
    return differences(
        observed.mutate(amount_minor=row.start_count),
        kept.filter(kept.close_month.isin(closed(params))).mutate(amount_minor=row.start_count),
        by=_BY,
    )


def _torn(sources: Sources, params: Params) -> Table:
    """Find rows whose parts do not come to the contribution."""
    values = sources["lifetime_value"]
    parts = row.revenue_minor - row.psp_fee_minor - row.dispute_loss_minor
    return values.filter(values.close_month.isin(params.months), values.contribution_minor != parts)


CHECKS: Final = (
    Check("lifetime_value_revenue", "cohorts brought all that was recognised", _unlike_revenue),
    Check("lifetime_value_fees", "cohorts cost all fees of the ledger", _unlike_fees),
    Check("lifetime_value_losses", "cohorts lost all that disputes took", _unlike_losses),
    Check("lifetime_value_cohorts", "everybody is at the start of one cohort", _unlike_cohorts),
    Check("lifetime_value_parts", "revenue less its costs is the contribution", _torn),
)
