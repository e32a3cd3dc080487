"""Build the log: candidates of choices of merchant accounts, with what came of each choice."""

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import within


def build(sources: Sources, params: Params) -> Table:
    """Return the candidates of the tries that were sent in the months."""
    candidate = sources["decision_candidate"]
    chosen = candidate.filter(
        candidate.kind == "route", within(candidate.sent_month, params.months)
    ).select(
        "decision_id", "candidate_num", "attempt_id", "policy_version_num", "rule",
        "propensity_ppm", "reason", "is_chosen", "decided_on",
        "segment", "rules_ppm", "learned_ppm", "learned_percent_num", "believed_milli_num",
        candidate_account=row.psp_account,
    )  # fmt: skip
    attempt = sources["attempt"]  # of the same months: the log goes by when its try was sent
    tried = attempt.filter(within(attempt.sent_month, params.months)).select(
        "attempt_id", "payment_id", "customer_id", "seller_code", "market_code", "currency",
        "amount_minor", "initiator", "cause", "ordinal_num", "result", "category", "ended_on",
        "sent_month",
    )  # fmt: skip
    next_day = (row.decided_on + ibis.interval(days=1)).cast("date")
    is_late = row.ended_on > next_day
    mature = ibis.cases((row.ended_on.isnull(), ibis.null("date")), (is_late, row.ended_on),
                        else_=next_day)  # fmt: skip
    return chosen.join(tried, "attempt_id").mutate(mature_on=mature)
