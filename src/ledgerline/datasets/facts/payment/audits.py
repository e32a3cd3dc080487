"""What must hold of the payments."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.checks import differences
from ledgerline.datasets.node import Check, Params, Sources


def _without_first(sources: Sources, params: Params) -> Table:
    """Hold payments against first tries as they were read."""
    payment, sent, one = sources["payment"], sources["attempt_sent"], ibis.literal(1, "int64")
    first = sent.filter(sent.ordinal_num == 1, sent.sent_month.isin(params.months))
    return differences(
        payment.filter(payment.begun_month.isin(params.months)).mutate(amount_minor=one),
        first.mutate(amount_minor=one),
        by=("payment_id",),
    )


def _paid_otherwise(sources: Sources, params: Params) -> Table:
    """Hold payments that succeeded against the evidence of their tries."""
    payment, end = sources["payment"], sources["attempt_end"]
    paid = payment.filter(payment.begun_month.isin(params.months), payment.state == "succeeded")
    proven = end.filter(end.begun_month.isin(params.months), end.outcome == "succeeded")
    return differences(paid, proven.mutate(amount_minor=row.captured_minor), by=("begun_month",))


CHECKS: Final = (
    Check("payment_first", "every first try begins one payment", _without_first),
    Check("payment_paid", "what succeeded is what tries collected", _paid_otherwise),
)
