"""Build the tries: as they were sent, and what closed them; without that they are unknown."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.facts.cash_leg.lines import named_lines
from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import Value, stacked

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


def build(sources: Sources, params: Params) -> Table:
    """Return the tries that were sent in the months."""
    sent = sources["attempt_sent"].mutate(is_adopted=ibis.literal(value=False))
    late = sources["attempt_adopted"].mutate(
        is_adopted=ibis.literal(value=True),
        arm=ibis.literal("none"),
        propensity_ppm=ibis.null("int64"),
    )
    tries = stacked(sent, late.drop("adopted_from_id")).filter(row.sent_month.isin(params.months))
    end = sources["attempt_end"].drop("sent_month", "begun_month")
    ended = tries.join(end, "attempt_id").mutate(result=_result())
    live = tries.anti_join(end, "attempt_id").mutate(
        result=ibis.literal("unknown"),
        category=ibis.null("string"),
        evidence_kind=ibis.null("string"),
        captured_minor=ibis.literal(0, "int64"),
        ended_on=ibis.null("date"),
    )
    both = stacked(live, ended.select(*live.columns))
    stated = both.drop("is_adopted").mutate(is_submitted=row.result.isin(SUBMITTED))
    answered = sources["attempt_answer"].select("attempt_id", "answer_ms_num")
    return _with(_with(stated, answered, "answer_ms_num"), _fees(sources), "fee_minor", "currency")


def _with(tries: Table, found: Table, name: str, *more: str) -> Table:
    """Add a number of some tries; it is empty of the others."""
    key = ("attempt_id", *more)
    without = tries.anti_join(found, key).mutate(**{name: ibis.null("int64")})
    return stacked(without, tries.join(found, key).select(*without.columns))


def _fees(sources: Sources) -> Table:
    """Return what files that stand keep of charges, by charge and currency."""
    line = named_lines(sources)
    gone = sources["settlement_replaced"].select("file_id")
    charged = line.filter(line.kind == "charge").anti_join(gone, "file_id")
    fees = charged.group_by("currency", attempt_id=row.subject_id)
    return fees.agg(fee_minor=row.fee_minor.sum().cast("int64"))


def _result() -> Value:
    """Say what came of a try that ended: the first that holds."""
    declined = row.outcome == "declined"
    category = ibis.coalesce(row.category, "unmapped")
    return ibis.cases(
        (row.is_adopted, "adopted"),
        (row.outcome == "succeeded", "authorised"),
        (row.evidence_kind == _WITHDRAWN, "blocked"),
        (category.isin(BEFORE_NETWORK), "blocked"),
        (declined & category.isin(SOFT), "declined_soft"),
        (declined, "declined_hard"),
        (row.is_left_by_payer, "abandoned"),
        else_="not_executed",
    )
