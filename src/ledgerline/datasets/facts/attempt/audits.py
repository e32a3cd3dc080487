"""What must hold of the tries."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.checks import differences
from ledgerline.datasets.node import Check, Params, Sources
from ledgerline.datasets.portable import stacked

_KEY = ("attempt_id", "seller_code", "currency")


def _unlike_the_books(sources: Sources, params: Params) -> Table:
    """Compare what every try collected with what the ledger captured for it."""
    del params
    transfer = sources["transfer"]
    captured = transfer.filter(transfer.purpose == "capture")
    return differences(
        sources["attempt"].mutate(amount_minor=row.captured_minor),
        captured.mutate(
            attempt_id=row.source_id,
            amount_minor=ibis.ifelse(
                row.debit_code == "psp_clearing", row.amount_minor, -row.amount_minor
            ),
        ),
        by=_KEY,
    )


def _not_one_first(sources: Sources, params: Params) -> Table:
    """Find payments whose tries are not numbered 1, 2, 3 and so on."""
    del params
    counted = (
        sources["attempt"]
        .group_by("payment_id")
        .agg(
            attempt_count=row.count(),
            first_num=row.ordinal_num.min(),
            last_num=row.ordinal_num.max(),
            numbers_count=row.ordinal_num.nunique(),
        )
    )
    return counted.filter(
        (row.first_num != 1)
        | (row.last_num != row.attempt_count)
        | (row.numbers_count != row.attempt_count)
    )


def _charged_otherwise(sources: Sources, params: Params) -> Table:
    """Hold the fees of tries against those of the lines that charge them."""
    months, legs = params.months, sources["cash_leg"].filter(row.side == "theirs")
    one = ("leg_id", "currency")
    captures = legs.filter(row.leg == "capture").select(*one, charge_id=row.subject_id)
    fees = legs.filter(row.leg == "fee").select(*one, amount_minor=-row.amount_minor)
    tries = sources["attempt"].filter(row.sent_month.isin(months))
    sent = tries.select(charge_id=row.attempt_id).distinct()
    told = fees.join(captures, one).join(sent, "charge_id")
    return differences(
        tries.filter(row.fee_minor.notnull()).mutate(
            charge_id=row.attempt_id, amount_minor=row.fee_minor
        ),
        told.select("charge_id", "currency", "amount_minor"),
        by=("charge_id", "currency"),
    )


def _lost(sources: Sources, params: Params) -> Table:
    """Find tries that were sent and are not there, and the other way round."""
    months, one = params.months, ibis.literal(1, "int64")
    found = sources["attempt"]
    read = stacked(
        sources["attempt_sent"].select("attempt_id", "sent_month"),
        sources["attempt_adopted"].select("attempt_id", "sent_month"),
    )
    return differences(
        found.filter(found.sent_month.isin(months)).mutate(amount_minor=one),
        read.filter(read.sent_month.isin(months)).mutate(amount_minor=one),
        by=("attempt_id",),
    )


CHECKS: Final = (
    Check("attempt_captures", "what was collected is what the ledger captured", _unlike_the_books),
    Check("attempt_numbers", "a payment has one first try, one second and so on", _not_one_first),
    Check("attempt_fees", "what a try cost is what files charge for it", _charged_otherwise),
    Check("attempt_all", "every try that was sent is there once", _lost),
)
