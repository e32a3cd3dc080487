"""Build the legs: what files, our records, the ledger and banks each say of money at providers."""

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.facts.cash_leg.lines import COLUMNS, lines_of
from ledgerline.datasets.facts.cash_leg.ours import ledger_of, ours_of
from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import month_start, stacked, within


def build(sources: Sources, params: Params) -> Table:
    """Return what was booked in the months, side by side."""
    legs = stacked(lines_of(sources), ours_of(sources), ledger_of(sources), _banked(sources))
    dated = legs.mutate(booked_month=month_start(row.booked_on))
    return dated.filter(within(row.booked_month, params.months), row.amount_minor != 0)


def _banked(sources: Sources) -> Table:
    """Return what banks received and took back, each on the day on which it was booked."""
    step, transfer = sources["payout_step"], sources["transfer"]
    booked = transfer.select("booked_on", "seller_code", banked_id=row.transfer_id)
    return step.filter(step.is_at_bank).join(booked, "banked_id").select(
        "psp_account", "seller_code", "currency", "amount_minor", "booked_on",
        settled_on=row.happened_on, leg_id=row.step_id, side=ibis.literal("theirs"),
        leg=ibis.literal("bank"), subject_id=row.payout_id, customer_id=ibis.null("string"),
        psp_ref=row.payout_ref, file_ref=row.payout_ref, file_id=ibis.null("string"),
        leg_count=ibis.ifelse(row.amount_minor < 0, -1, 1).cast("int64"),
    ).select(*COLUMNS)  # fmt: skip
