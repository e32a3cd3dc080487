"""Build the tries: as they were sent, and what closed them; without that they are unknown."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.facts.cash_leg.lines import named_lines
from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import Value, extended, stacked, within

SOFT: Final = (
    "insufficient_funds",
    "amount_limit",
    "velocity_limit",
    "do_not_honor",
    "issuer_unavailable",
    "processor_error",
    "unmapped",
)
"""Refusals after which a machine may try again; what has no category is not mapped."""
BEFORE_NETWORK: Final = ("fraud_engine", "merchant_config", "request_refused")
"""Refusals of a provider that asked no network."""
SUBMITTED: Final = ("authorised", "declined_soft", "declined_hard")
_WITHDRAWN: Final = "withdrawn"
"""The evidence that nothing was sent."""
_LIVE: Final = {
    "outcome": None, "category": None, "evidence_kind": None, "is_left_by_payer": None,
    "captured_minor": 0, "ended_on": None,
}  # fmt: skip
"""What is said of a try that nothing has closed yet."""


def build(sources: Sources, params: Params) -> Table:
    """Return the tries that were sent in the months."""
    sent = sources["attempt_sent"].mutate(is_adopted=ibis.literal(value=False))
    late = sources["attempt_adopted"].mutate(
        is_adopted=ibis.literal(value=True),
        arm=ibis.literal("none"),
        propensity_ppm=ibis.null("int64"),
    )
    tries = stacked(sent, late.drop("adopted_from_id")).filter(
        within(row.sent_month, params.months)
    )
    key = ("attempt_id",)
    ended = extended(tries, sources["attempt_end"], key, _LIVE).mutate(result=_result())
    stated = ended.drop("is_adopted", "outcome", "is_left_by_payer").mutate(
        is_submitted=row.result.isin(SUBMITTED)
    )
    answered = extended(stated, sources["attempt_answer"], key, {"answer_ms_num": None})
    return extended(answered, _fees(sources), (*key, "currency"), {"fee_minor": None})


def _fees(sources: Sources) -> Table:
    """Return what files that stand keep of charges, by charge and currency."""
    line = named_lines(sources)
    gone = sources["settlement_replaced"].select("file_id")
    charged = line.filter(line.kind == "charge").anti_join(gone, "file_id")
    fees = charged.group_by("currency", attempt_id=row.subject_id)
    return fees.agg(fee_minor=row.fee_minor.sum().cast("int64"))


def _result() -> Value:
    """Say what came of a try: the first that holds."""
    declined = row.outcome == "declined"
    category = ibis.coalesce(row.category, "unmapped")
    return ibis.cases(
        (row.outcome.isnull(), "unknown"),
        (row.is_adopted, "adopted"),
        (row.outcome == "succeeded", "authorised"),
        (row.evidence_kind == _WITHDRAWN, "blocked"),
        (category.isin(BEFORE_NETWORK), "blocked"),
        (declined & category.isin(SOFT), "declined_soft"),
        (declined, "declined_hard"),
        (row.is_left_by_payer, "abandoned"),
        else_="not_executed",
    )
