"""Build the log: candidates of choices of when to try again, with what came of each choice."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import days_between, extended, within

MATURE_DAYS: Final = 28
_OF_ROUTES: Final = (
    "segment", "rules_ppm", "learned_ppm", "learned_percent_num", "believed_milli_num",
)  # fmt: skip
_PLANNED: Final = (
    "attempt_id", "market_code", "track", "tries_count", "tries_max_count", "category", "advice",
    "network_advice",
)  # fmt: skip


def build(sources: Sources, params: Params) -> Table:
    """Return the candidates of payments that were begun in the months."""
    candidate = sources["decision_candidate"]
    chosen = candidate.filter(
        candidate.kind == "retry", within(candidate.begun_month, params.months)
    ).drop("candidate_id", "kind", "rule", "psp_account", "sent_month", *_OF_ROUTES)
    plan = sources["retry_plan"]
    planned = chosen.join(plan.filter(plan.attempt_id.notnull()).select(*_PLANNED), "attempt_id")
    payment = sources["payment"].select(
        "payment_id", "customer_id", "seller_code", "currency", "amount_minor", "paid_on"
    )
    begun = sources["attempt"].filter(within(row.begun_month, params.months))
    followed = _followed(planned.join(payment, "payment_id"), begun)
    is_paid = row.paid_on.notnull()
    days = ibis.ifelse(is_paid, days_between(row.decided_on, row.paid_on), ibis.null("int64"))
    return followed.mutate(
        recovered_days=days,
        mature_on=(row.decided_on + ibis.interval(days=MATURE_DAYS + 1)).cast("date"),
    )


def _followed(chosen: Table, attempt: Table) -> Table:
    """Add the try that came next; late money is none."""
    numbers = attempt.select("attempt_id", number=row.ordinal_num)
    following = attempt.filter(attempt.result != "adopted").select(
        "payment_id",
        number=row.ordinal_num - 1,
        next_attempt_id=row.attempt_id,
        next_result=row.result,
    )
    numbered = chosen.join(numbers, "attempt_id")
    key, last = ("payment_id", "number"), {"next_attempt_id": None, "next_result": "none"}
    return extended(numbered, following, key, last).drop("number")
