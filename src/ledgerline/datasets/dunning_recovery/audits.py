"""What must hold of the episodes."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.checks import differences
from ledgerline.datasets.node import Check, Params, Sources

RECOVERED: Final = ("recovered_retry", "recovered_payer")
_FAILED: Final = ("declined", "not_executed")


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
)  # fmt: skip
