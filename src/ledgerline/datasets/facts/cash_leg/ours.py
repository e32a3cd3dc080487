"""What we know to have moved, and what the ledger has of it."""

from collections.abc import Sequence
from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.facts.cash_leg.lines import COLUMNS, OF_FILES, moving, named_lines
from ledgerline.datasets.node import Sources
from ledgerline.datasets.portable import Value, stacked

CHARGED: Final = ("capture", "unmatched", "matched")
"""Money of a charge: taken for what is owed, come for nothing, or taken out of that again."""
_REFUNDED: Final = ("refund", "returned")
_REVERSED: Final = ("refund_reversed", "return_reversed")
_DISPUTED: Final = ("dispute_hold", "dispute_over")
_FILE_LEGS: Final = {
    "psp_fee": "fee", "psp_fee_tax": "tax_on_fee", "fx_sold": "fx_sold", "fx_bought": "fx_bought",
    "payout": "payout",
}  # fmt: skip
_WHO: Final = ("seller_code", "customer_id", "psp_account", "psp_ref", "currency")


def ours_of(sources: Sources) -> Table:
    """Return what our own records prove, on the day on which the ledger has it."""
    ours = stacked(_captured(sources), _given_back(sources), _disputed(sources), _by_hand(sources))
    return (
        stacked(ours, _failed(sources))
        .mutate(
            side=ibis.literal("ours"),
            file_ref=ibis.null("string"),
            file_id=ibis.null("string"),
            settled_on=ibis.null("date"),
            leg_count=ibis.literal(1, "int64"),
        )
        .select(*COLUMNS)
    )


def ledger_of(sources: Sources) -> Table:
    """Return the transfers of clearing and of what is on its way, each as a move of its leg.

    What is in suspense is of the leg of its line.
    """
    moved = _signed(sources["transfer"])
    known = stacked(_of_charges(sources, moved), _of_refunds(moved), _of_files(moved))
    known = stacked(known, _of_disputes(sources, moved), _of_reversals(moved), _on_the_way(sources))
    ledger = known.mutate(
        side=ibis.literal("ledger"),
        customer_id=ibis.null("string"),
        psp_ref=ibis.null("string"),
    )
    return stacked(ledger.mutate(**_UNSAID).select(*COLUMNS), _suspended(sources, moved))


_UNSAID: Final = {
    "file_ref": ibis.null("string"),
    "file_id": ibis.null("string"),
    "settled_on": ibis.null("date"),
    "leg_count": ibis.literal(0, "int64"),
}
_MOVED: Final = (
    "leg_id", "leg", "subject_id", "psp_account", "seller_code", "currency", "amount_minor",
    "booked_on",
)  # fmt: skip


def _signed(transfer: Table) -> Table:
    """Return what moved clearing: debits count, credits are negative."""
    debited = transfer.debit_code == "psp_clearing"
    moves = transfer.filter(debited | (transfer.credit_code == "psp_clearing"))
    return moves.mutate(
        leg_id=row.transfer_id,
        psp_account=row.part_code,
        amount_minor=ibis.ifelse(
            row.debit_code == "psp_clearing", row.amount_minor, -row.amount_minor
        ),
    )


def _captured(sources: Sources) -> Table:
    proof = sources["charge_proof"]
    charge = (
        proof.filter(proof.attempt_id == proof.charge_id)
        .group_by("charge_id", *_WHO)
        .agg(amount_minor=row.amount_minor.min(), known_on=row.proven_on.min())
        .mutate(leg_id=row.charge_id, subject_id=row.charge_id, leg=ibis.literal("capture"))
    )
    return _on_its_day(sources, charge, CHARGED)


def _given_back(sources: Sources) -> Table:
    done = sources["refund_done"].group_by("refund_id", "kind").agg(
        **{name: row[name].min() for name in (*_WHO, "amount_minor")}, known_on=row.done_on.min()
    )  # fmt: skip
    named = done.mutate(leg_id=row.refund_id, subject_id=row.refund_id)
    went = named.filter(row.kind == "refund.succeeded").mutate(
        leg=ibis.literal("refund"), amount_minor=-row.amount_minor
    )
    came = named.filter(row.kind == "refund.reversed").mutate(leg=ibis.literal("refund_reversal"))
    return stacked(
        _on_its_day(sources, went, _REFUNDED),
        _on_its_day(sources, came, _REVERSED),
    )


def _disputed(sources: Sources) -> Table:
    move = sources["dispute_move"].mutate(
        leg_id=row.move_id,
        subject_id=row.charge_id,
        leg=_leg_of_dispute(),
        amount_minor=ibis.ifelse(row.is_back, row.moved_minor, -row.moved_minor),
        known_on=row.moved_on,
    )
    posted = _postings(sources).join(sources["transfer"], "transfer_id")
    return _dated(move, posted.mutate(source_id=row.move_id), key="leg_id")


def _postings(sources: Sources) -> Table:
    """Return the two transfers that a move of a dispute may have made, of which one is enough."""
    move = sources["dispute_move"]
    names = ("move_id", "charge_id", "is_back")
    return stacked(
        move.select(*names, transfer_id=row.hold_id), move.select(*names, transfer_id=row.over_id)
    )


def _by_hand(sources: Sources) -> Table:
    """Return late money that was given back at the provider, which a person has told us."""
    transfer = sources["transfer"]
    gone = transfer.filter(transfer.purpose == "returned")
    charge = sources["charge_proof"].group_by("charge_id").agg(
        customer_id=row.customer_id.min(), psp_ref=row.psp_ref.min()
    )  # fmt: skip
    return gone.join(charge, gone.source_id == charge.charge_id).select(
        "seller_code", "customer_id", "psp_ref", "currency", "booked_on",
        psp_account=row.part_code, leg_id=row.transfer_id, subject_id=row.source_id,
        leg=ibis.literal("refund"), amount_minor=-row.amount_minor,
    ).select(*_OURS)  # fmt: skip


def _failed(sources: Sources) -> Table:
    """Return what of payouts is at the provider again: it came to clearing, and is on no way."""
    step, transfer = sources["payout_step"], sources["transfer"]
    booked = transfer.select("booked_on", "seller_code", reversed_id=row.transfer_id)
    came = step.filter(~step.is_at_bank).join(booked, "reversed_id").mutate(
        leg_id=row.step_id, leg=ibis.literal("payout_reversal"), subject_id=row.payout_id,
        customer_id=ibis.null("string"), psp_ref=row.payout_ref,
    )  # fmt: skip
    left = came.mutate(leg=ibis.literal("bank"), amount_minor=-row.amount_minor)
    return stacked(came.select(*_OURS), left.select(*_OURS))


_OURS: Final = ("leg_id", "leg", "subject_id", *_WHO, "amount_minor", "booked_on")


def _on_its_day(sources: Sources, ours: Table, purposes: Sequence[str]) -> Table:
    """Date our records of charges and refunds as the ledger does."""
    transfer = sources["transfer"]
    return _dated(ours, transfer.filter(transfer.purpose.isin(purposes)), key="subject_id")


def _dated(ours: Table, posted: Table, *, key: str) -> Table:
    """Date records by transfers whose source is their key; without any, by when it was known."""
    days = posted.group_by("source_id").agg(booked_on=row.booked_on.min())
    dated = ours.join(days, ours[key] == days.source_id)
    unposted = ours.anti_join(days, ours[key] == days.source_id)
    return stacked(dated.select(*_OURS), unposted.mutate(booked_on=row.known_on).select(*_OURS))


def _leg_of_dispute() -> Value:
    return ibis.ifelse(row.is_back, "chargeback_reversal", "chargeback")


def _of_charges(sources: Sources, moved: Table) -> Table:
    """Return moves of charges; what late money was taken for counts for the charge it came by."""
    root = sources["charge_proof"].select("attempt_id", "charge_id").distinct()
    charged = moved.filter(moved.purpose.isin(CHARGED))
    known = charged.join(root, charged.source_id == root.attempt_id).mutate(
        subject_id=row.charge_id, leg=ibis.literal("capture")
    )
    unproven = charged.anti_join(root, charged.source_id == root.attempt_id).mutate(
        subject_id=row.source_id, leg=ibis.literal("capture")
    )
    return stacked(known.select(*_MOVED), unproven.select(*_MOVED))


def _of_refunds(moved: Table) -> Table:
    went = moved.filter(moved.purpose.isin(_REFUNDED)).mutate(leg=ibis.literal("refund"))
    came = moved.filter(moved.purpose.isin(_REVERSED)).mutate(leg=ibis.literal("refund_reversal"))
    return stacked(went, came).mutate(subject_id=row.source_id).select(*_MOVED)


def _of_reversals(moved: Table) -> Table:
    back = moved.filter(moved.purpose == "payout_reversed")
    return back.mutate(leg=ibis.literal("payout_reversal"), subject_id=row.source_id).select(
        *_MOVED
    )


def _of_files(moved: Table) -> Table:
    leg: Value = ibis.cases(
        *((row.purpose == purpose, leg) for purpose, leg in _FILE_LEGS.items()), else_=""
    )
    posted = moved.filter(moved.purpose.isin(OF_FILES))
    return posted.mutate(leg=leg, subject_id=row.source_id).select(*_MOVED)


def _of_disputes(sources: Sources, moved: Table) -> Table:
    postings = _postings(sources)
    posted = moved.filter(moved.purpose.isin(_DISPUTED))
    known = posted.join(postings, "transfer_id").mutate(
        subject_id=row.charge_id, leg=_leg_of_dispute()
    )
    untold = posted.anti_join(postings, "transfer_id").mutate(
        subject_id=row.source_id,
        leg=ibis.ifelse(row.amount_minor > 0, "chargeback_reversal", "chargeback"),
    )
    return stacked(known.select(*_MOVED), untold.select(*_MOVED))


def _on_the_way(sources: Sources) -> Table:
    """Return what files put on its way to the bank and what failed on it, by the payout."""
    transfer, line = sources["transfer"], sources["settlement_line"]
    payout = (
        line.filter(line.payout_id.notnull())
        .group_by("file_id", "currency")
        .agg(payout_id=row.payout_id.min())
    )
    moved = transfer.filter(transfer.purpose.isin(("payout", "payout_reversed"))).mutate(
        leg_id=row.transfer_id,
        leg=ibis.literal("bank"),
        file_id=row.source_id,
        psp_account=row.part_code,
        amount_minor=ibis.ifelse(
            row.debit_code == "in_transit", row.amount_minor, -row.amount_minor
        ),
    )
    out = moved.filter(moved.purpose == "payout").join(payout, ("file_id", "currency"))
    back = moved.filter(moved.purpose == "payout_reversed").mutate(subject_id=row.file_id)
    return stacked(out.mutate(subject_id=row.payout_id).select(*_MOVED), back.select(*_MOVED))


def _suspended(sources: Sources, moved: Table) -> Table:
    """Return what of lines stands in suspense, as the leg of its line."""
    held = moved.filter(moved.purpose == "line_suspense").drop("psp_account", "currency")
    named = held.join(sources["suspended_line"], "transfer_id")
    line = moving(named_lines(sources)).select(*_OF_LINE)
    found = named.drop("leg_id").join(line, named.line_id == line.leg_id)
    return found.mutate(
        leg_id=row.transfer_id,
        side=ibis.literal("suspense"),
        customer_id=ibis.null("string"),
        psp_ref=ibis.null("string"),
        **_UNSAID,
    ).select(*COLUMNS)


_OF_LINE: Final = ("leg_id", "leg", "subject_id", "psp_account", "currency")
