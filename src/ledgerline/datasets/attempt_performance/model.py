"""Build the cells: tries by day and what they share."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import within

RESULTS: Final = (
    "authorised", "declined_soft", "declined_hard", "blocked", "abandoned", "not_executed",
    "unknown", "adopted",
)  # fmt: skip
_CELL: Final = (
    "sent_on", "sent_month", "seller_code", "market_code", "currency", "psp_account", "initiator",
    "cause", "is_retry", "ordinal_num", "arm",
)  # fmt: skip


def build(sources: Sources, params: Params) -> Table:
    """Return the cells of the tries that were sent in the months."""
    attempt = sources["attempt"]
    tries = attempt.filter(within(attempt.sent_month, params.months)).mutate(
        is_retry=row.ordinal_num > 1,
        submitted_minor=ibis.ifelse(row.is_submitted, row.amount_minor, 0),
        authorised_minor=ibis.ifelse(row.result == "authorised", row.captured_minor, 0),
        adopted_minor=ibis.ifelse(row.result == "adopted", row.captured_minor, 0),
        submitted_count=ibis.ifelse(row.is_submitted, 1, 0),
        answered_count=ibis.ifelse(row.answer_ms_num.notnull(), 1, 0),
        answer_ms_num=ibis.coalesce(row.answer_ms_num, 0),
        fee_known_count=ibis.ifelse(row.fee_minor.notnull(), 1, 0),
        fee_minor=ibis.coalesce(row.fee_minor, 0),
        **{f"{name}_count": ibis.ifelse(row.result == name, 1, 0) for name in RESULTS},
    )
    counts = [f"{name}_count" for name in ("submitted", *RESULTS)]
    amounts = (
        "submitted_minor", "authorised_minor", "adopted_minor", "answered_count", "answer_ms_num",
        "fee_known_count", "fee_minor",
    )  # fmt: skip
    return tries.group_by(*_CELL).agg(
        attempt_count=row.count().cast("int64"),
        **{name: row[name].sum().cast("int64") for name in (*counts, *amounts)},
    )
