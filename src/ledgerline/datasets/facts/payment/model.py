"""Build the payments: their first try, the one that succeeded, and how they were closed."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import extended, within

MATURE_DAYS: Final = 14
FULL: Final = "full"
"""The purpose of what collects an invoice; any other collects again what was taken back."""
_PAID: Final = ("authorised", "adopted")
_KEY: Final = ("payment_id",)
_UNPAID: Final = {"paid_on": None, "paid_num": None, "paid_initiator": None, "is_adopted": False}
_SAME: Final = (
    "payment_id", "customer_id", "subscription_id", "seller_code", "market_code", "cause",
    "purpose", "currency", "amount_minor", "psp_account", "initiator", "arm",
    "begun_month",
)  # fmt: skip


def build(sources: Sources, params: Params) -> Table:
    """Return the payments whose first try was sent in the months."""
    attempt = sources["attempt"]
    tries = attempt.filter(within(attempt.begun_month, params.months))
    counted = tries.group_by("payment_id").agg(attempt_count=row.count().cast("int64"))
    first = tries.filter(row.ordinal_num == 1).select(
        *_SAME,
        first_result=row.result,
        first_category=row.category,
        first_ended_on=row.ended_on,
        begun_on=row.sent_on,
        mature_on=(row.sent_on + ibis.interval(days=MATURE_DAYS + 1)).cast("date"),
    )
    begun = first.join(counted, "payment_id")
    paid = extended(begun, _successes(tries), _KEY, _UNPAID)
    return _stated(extended(paid, _closes(sources), _KEY, {"closed_on": None, "closed_by": ""}))


def _successes(tries: Table) -> Table:
    return tries.filter(tries.result.isin(_PAID)).select(
        "payment_id",
        paid_on=row.ended_on,
        paid_num=row.ordinal_num,
        paid_initiator=row.initiator,
        is_adopted=row.result == "adopted",
    )


def _closes(sources: Sources) -> Table:
    """Say when a payment was given up or canceled: it may be paid after that by late money."""
    ended = sources["payment_end"].group_by("payment_id")
    return ended.agg(closed_on=row.closed_on.min(), closed_by=row.kind.min())


def _stated(payments: Table) -> Table:
    state = ibis.cases(
        (row.paid_on.notnull(), "succeeded"),
        (row.closed_by == "payment.canceled", "canceled"),
        (row.closed_by == "payment.failed", "failed"),
        else_="open",
    )
    return payments.mutate(state=state).drop("closed_by")
