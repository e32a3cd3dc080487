"""What must hold of the episodes."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.checks import differences
from ledgerline.datasets.node import Check, Params, Sources
from ledgerline.datasets.portable import Value
from ledgerline.subscriptions.model import BASE

RECOVERED: Final = ("recovered_retry", "recovered_payer")
_FAILED: Final = ("declined", "not_executed")
_ENDING: Final = ("cancel", "none")


def _unlike_first_tries(sources: Sources, params: Params) -> Table:
    """Hold episodes against the first tries of renewals that evidence says have failed."""
    found, sent, end = sources["dunning_recovery"], sources["attempt_sent"], sources["attempt_end"]
    one = ibis.literal(1, "int64")
    first = sent.filter(
        sent.sent_month.isin(params.months), sent.ordinal_num == 1, sent.cause == "renewal"
    )
    failed = end.filter(end.outcome.isin(_FAILED)).select("attempt_id")
    return differences(
        found.filter(found.begun_month.isin(params.months)).mutate(amount_minor=one),
        first.join(failed, "attempt_id").mutate(amount_minor=one),
        by=("payment_id",),
    )


def _unlike_later_successes(sources: Sources, params: Params) -> Table:
    """Hold what was recovered against renewals that were paid by a later try than the first."""
    found, payment = sources["dunning_recovery"], sources["payment"]
    recovered = found.filter(found.begun_month.isin(params.months), found.outcome.isin(RECOVERED))
    paid = payment.filter(
        payment.begun_month.isin(params.months),
        payment.cause == "renewal",
        payment.state == "succeeded",
        payment.paid_num > 1,
    )
    return differences(recovered, paid, by=("begun_month", "payment_id", "currency"))


def _unended(sources: Sources, params: Params) -> Table:
    """Find episodes that ended on no day, or before they began."""
    found = sources["dunning_recovery"]
    is_open = row.outcome == "open"
    return found.filter(
        found.begun_month.isin(params.months),
        (is_open != row.ended_on.isnull())
        | (ibis.coalesce(row.ended_on, row.opened_on) < row.opened_on),
    ).select("payment_id", "outcome", "opened_on", "ended_on")


def _still_paying(sources: Sources, params: Params) -> Table:
    """Find subscriptions that go on though a renewal was given up whose policy ends them.

    Nothing ends one of which a later renewal was paid. Days of payments are UTC days and those of
    subscriptions are of their zone, so that they may lie a day apart.
    """
    found, payment = sources["dunning_recovery"], sources["payment"]
    version = sources["subscription_version"]
    given_up = found.filter(
        found.begun_month.isin(params.months),
        found.outcome == "ended_unpaid",
        ~found.is_recollection,
        found.end_policy.isin(_ENDING),
        found.ended_on < ibis.date(params.today.year, params.today.month, params.today.day),
    ).select("payment_id", "subscription_id", "opened_on", "ended_on")
    paid = payment.filter(payment.state == "succeeded").select("subscription_id", "paid_on")
    later = given_up.join(paid, "subscription_id").filter(row.paid_on >= row.opened_on)
    rests = version.filter(version.component == BASE, version.mrr_e4 == 0).select(
        "subscription_id", "valid_start", "valid_end"
    )
    stopped = given_up.join(rests, "subscription_id").filter(
        row.valid_start <= _days_on(row.ended_on, 1),
        row.valid_end.isnull() | (row.valid_end >= _days_on(row.ended_on, -1)),
    )
    return given_up.anti_join(later, "payment_id").anti_join(stopped, "payment_id")


def _stopped_otherwise(sources: Sources, params: Params) -> Table:
    """Find subscriptions that stopped for want of payment while no payment was given up then.

    Those are left out of which nothing was tried and unpaid: nothing could be charged.
    """
    payment, version = sources["payment"], sources["subscription_version"]
    stopped = version.filter(
        version.start_month.isin(params.months),
        version.component == BASE,
        version.reason == "end_nonpayment",
        ~version.is_late,
    ).select("subscription_id", "valid_start")
    tried = payment.filter(payment.cause == "renewal").select(
        "subscription_id", "begun_on", "paid_on", "closed_on"
    )
    both = stopped.join(tried, "subscription_id").filter(
        row.begun_on <= _days_on(row.valid_start, 1)
    )
    ended = both.filter(
        row.closed_on >= _days_on(row.valid_start, -1),
        row.closed_on <= _days_on(row.valid_start, 1),
    )
    owing = both.filter(row.paid_on.isnull() | (row.paid_on > row.valid_start))
    names = ("subscription_id", "valid_start")
    return owing.select(*names).distinct().anti_join(ended, names)


def _days_on(day: Value, days: int) -> Value:
    return (day + ibis.interval(days=days)).cast("date")


CHECKS: Final = (
    Check(
        "dunning_recovery_first", "episodes are renewals whose first try failed",
        _unlike_first_tries,
    ),
    Check(
        "dunning_recovery_paid", "what is recovered was paid by a later try",
        _unlike_later_successes,
    ),
    Check("dunning_recovery_end", "what has ended has a day, and no other", _unended),
    Check(
        "dunning_recovery_ended",
        "what ended unpaid under a policy that ends subscriptions ended one, or it rested already",
        _still_paying,
    ),
    Check(
        "dunning_recovery_churn",
        "who stopped for want of payment had a renewal that was given up then",
        _stopped_otherwise,
    ),
)  # fmt: skip
