"""Build the payments: their first try, the one that succeeded, and how they were closed."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import stacked

MATURE_DAYS: Final = 14
FULL: Final = "full"
"""The purpose of what collects an invoice; any other collects again what was taken back."""
_PAID: Final = ("authorised", "adopted")
_SAME: Final = (
    "payment_id", "customer_id", "subscription_id", "seller_code", "market_code", "cause",
    "purpose", "currency", "amount_minor", "psp_account", "initiator", "arm",
    "begun_month",
)  # fmt: skip


def build(sources: Sources, params: Params) -> Table:
    """Return the payments whose first try was sent in the months."""
    attempt = sources["attempt"]
    tries = attempt.filter(attempt.begun_month.isin(params.months))
    counted = tries.group_by("payment_id").agg(attempt_count=row.count().cast("int64"))
    first = tries.filter(row.ordinal_num == 1).select(
        *_SAME,
        first_result=row.result,
        first_category=row.category,
        first_ended_on=row.ended_on,
        begun_on=row.sent_on,
        mature_on=(row.sent_on + ibis.interval(days=MATURE_DAYS + 1)).cast("date"),
    )
    return _stated(_with_close(_with_success(first.join(counted, "payment_id"), tries), sources))


def _with_success(payments: Table, tries: Table) -> Table:
    won = tries.filter(tries.result.isin(_PAID)).select(
        "payment_id",
        paid_on=row.ended_on,
        paid_num=row.ordinal_num,
        paid_initiator=row.initiator,
        is_adopted=row.result == "adopted",
    )
    without = payments.anti_join(won, "payment_id").mutate(
        paid_on=ibis.null("date"),
        paid_num=ibis.null("int64"),
        paid_initiator=ibis.null("string"),
        is_adopted=ibis.literal(value=False),
    )
    return stacked(without, payments.join(won, "payment_id").select(*without.columns))


def _with_close(payments: Table, sources: Sources) -> Table:
    """Add when a payment was given up or canceled: it may be paid after that by late money."""
    closed = (
        sources["payment_end"]
        .group_by("payment_id")
        .agg(closed_on=row.closed_on.min(), closed_by=row.kind.min())
    )
    without = payments.anti_join(closed, "payment_id").mutate(
        closed_on=ibis.null("date"), closed_by=ibis.literal("")
    )
    return stacked(without, payments.join(closed, "payment_id").select(*without.columns))


def _stated(payments: Table) -> Table:
    state = ibis.cases(
        (row.paid_on.notnull(), "succeeded"),
        (row.closed_by == "payment.canceled", "canceled"),
        (row.closed_by == "payment.failed", "failed"),
        else_="open",
    )
    return payments.mutate(state=state).drop("closed_by")
