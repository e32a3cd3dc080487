"""Build the legs: what files, our records, the ledger and banks each say of money at providers."""

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.facts.cash_leg.lines import COLUMNS, lines_of
from ledgerline.datasets.facts.cash_leg.ours import ledger_of, ours_of
from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import month_number, month_of, stacked, within


def build(sources: Sources, params: Params) -> Table:
    """Return what was booked in the months, side by side."""
    legs = stacked(lines_of(sources), ours_of(sources), ledger_of(sources), _banked(sources))
    dated = legs.mutate(booked_month=month_of(month_number(row.booked_on)))
    return dated.filter(within(row.booked_month, params.months), row.amount_minor != 0)


def _banked(sources: Sources) -> Table:
    """Return what banks say that they received, on the day on which it was booked."""
    bank = (
        sources["bank_line"]
        .group_by("payout_id", "psp_account", "currency", "payout_ref")
        .agg(amount_minor=row.bank_minor.max(), settled_on=row.paid_on.max())
    )
    booked = (
        sources["transfer"]
        .filter(row.purpose == "banked")
        .group_by(payout_id=row.source_id)
        .agg(booked_on=row.booked_on.min(), seller_code=row.seller_code.min())
    )
    return bank.join(booked, "payout_id").select(
        "psp_account", "seller_code", "currency", "amount_minor", "booked_on", "settled_on",
        leg_id=row.payout_id, side=ibis.literal("theirs"), leg=ibis.literal("bank"),
        subject_id=row.payout_id, customer_id=ibis.null("string"), psp_ref=row.payout_ref,
        file_ref=row.payout_ref,
        file_id=ibis.null("string"), leg_count=ibis.literal(1, "int64"),
    ).select(*COLUMNS)  # fmt: skip
