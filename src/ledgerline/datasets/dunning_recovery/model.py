"""Build the episodes: renewals whose first try failed."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.facts.payment.model import FULL
from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import Value, days_between, extended, within

_FAILED: Final = ("declined_soft", "declined_hard", "blocked", "abandoned", "not_executed")


def build(sources: Sources, params: Params) -> Table:
    """Return the episodes of payments that were begun in the months."""
    payment = sources["payment"]
    failed = payment.filter(
        within(payment.begun_month, params.months),
        payment.cause == "renewal",
        payment.first_result.isin(_FAILED),
    )
    ended = _planned(failed, sources["retry_plan"]).mutate(
        outcome=_outcome(), is_recollection=row.purpose != FULL
    )
    is_recovered = row.state == "succeeded"
    ended_on = ibis.ifelse(is_recovered, row.paid_on, row.closed_on)
    days = ibis.ifelse(
        is_recovered, days_between(row.first_ended_on, row.paid_on), ibis.null("int64")
    )
    return ended.select(
        "payment_id", "customer_id", "subscription_id", "seller_code", "market_code", "currency",
        "amount_minor", "purpose", "is_recollection", "psp_account", "strategy_arm", "end_policy",
        "attempt_count", "outcome", "begun_month",
        decline_class=row.first_result, category=row.first_category,
        opened_on=row.first_ended_on, ended_on=ended_on, recovered_days=days,
    )  # fmt: skip


def _planned(failed: Table, plan: Table) -> Table:
    """Add under which policy it is collected, its end, and whether the payer asked last."""
    revised = plan.join(
        plan.group_by("payment_id").agg(last_num=row.revision_num.max()), "payment_id"
    )
    newest = revised.filter(row.revision_num == row.last_num).select(
        "payment_id", "end_policy", is_asked=row.track == "payer"
    )
    first = plan.filter(plan.revision_num == 1).select(
        "payment_id", strategy_arm=row.market_code + ":" + row.policy_version_num.cast("string")
    )
    planned = first.join(newest, "payment_id")
    unplanned = {"strategy_arm": "none", "end_policy": "none", "is_asked": False}
    return extended(failed, planned, ("payment_id",), unplanned)


def _outcome() -> Value:
    """Say how an episode ended: late money counts as a try that went well after all."""
    by_payer = row.is_asked | (row.paid_initiator == "customer")
    is_paid = row.state == "succeeded"
    return ibis.cases(
        (is_paid & by_payer & ~row.is_adopted, "recovered_payer"),
        (is_paid, "recovered_retry"),
        (row.state == "canceled", "cancelled"),
        (row.state == "failed", "ended_unpaid"),
        else_="open",
    )
