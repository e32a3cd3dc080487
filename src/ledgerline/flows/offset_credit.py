"""Let credit of a disputed payment's own invoice stand for what the dispute has of it."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, CreditLotId, InvoiceId
from ledgerline.flows.credit_lines import Note
from ledgerline.flows.read_book_days import BookDays, read_book_days
from ledgerline.flows.shift_disputes import draw_credit_in, shifted_of, step_of, transfers_of
from ledgerline.invoicing import corrections
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Purpose
from ledgerline.ledger.rows import LotRow, TransferRow
from ledgerline.payments import disputing, exceptions
from ledgerline.payments.rows.disputes import DisputeRow
from ledgerline.payments.rows.exceptions import ExceptionRow
from ledgerline.payments.rules.disputing import LOST, unearned
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.payments.rules.paying_out import draw


async def offset_credit_in(
    tx: Tx, *, bucket: Bucket, invoice_id: InvoiceId, days: BookDays
) -> list[DisputeRow]:
    """Take the credit that an invoice gave back, as far as disputes of its payments have it.

    Called under the lock of the invoice, once a dispute took money or a credit note gave credit.
    What the disputes have of what was earned is left alone. Credit that is spent stays spent:
    people are told. Return the disputes that changed.
    """
    held = await disputing.read_disputes_of_invoice(tx, bucket=bucket, invoice_id=invoice_id)
    if not any(_free(one) for one in held):
        return []
    notes = await corrections.read_corrections(tx, bucket=bucket, invoice_id=invoice_id)
    if not notes:
        return []
    lots = await ledger.lock_lots_of_notes(
        tx, bucket=bucket, customer_id=held[0].customer_id, note_ids=[one.id for one in notes]
    )
    waiting = [(one.id, one.remaining_minor) for one in reversed(lots)]
    spent = _spent(lots, held)
    changed = []
    for payment_id, group in groupby(held, key=lambda one: one.payment_id):
        of_payment = list(group)
        promised = await disputing.read_promised(tx, bucket=bucket, payment_id=payment_id)
        earned = notes[0].total_minor - notes[0].credited_minor - promised
        parts = unearned([_free(one) for one in of_payment], earned_minor=earned)
        for dispute, minor in zip(of_payment, parts, strict=True):
            draws = draw(waiting, minor)
            row, rest = dispute, minor - sum(taken for _, taken in draws)
            if draws:
                row = await _offset(tx, dispute, draws, days=days)
                changed.append(row)
            await _tell_spent(tx, row, min(rest, spent), days=days)
    return changed


async def offset_notes_in(tx: Tx, notes: Sequence[Note], *, now: datetime) -> None:
    """Take what is left of the credit that some notes have just given, as far as disputes have it.

    Called after ``credit_lines_in`` and whatever spends or returns that credit at once.
    """
    of = {note.invoice.id: note.invoice for note in notes if note.lot_minor > 0}
    if not of:
        return
    disputed = await disputing.find_disputed(
        tx, buckets=[one.bucket for one in of.values()], invoice_ids=list(of)
    )
    if not disputed:
        return
    days = await read_book_days(tx, now=now)
    for invoice in (of[id] for id in sorted(disputed)):
        await offset_credit_in(tx, bucket=invoice.bucket, invoice_id=invoice.id, days=days)


def _free(dispute: DisputeRow) -> int:
    """Return what a dispute holds or has lost that is not claimed again."""
    return dispute.held_minor - dispute.reopened_minor


def _spent(lots: Sequence[LotRow], held: Sequence[DisputeRow]) -> int:
    """Return what left the lots for anything but disputes."""
    gone = sum(one.amount_minor - one.remaining_minor for one in lots)
    return gone - sum(one.offset_minor for one in held)


async def _offset(
    tx: Tx,
    before: DisputeRow,
    draws: Sequence[tuple[CreditLotId, int]],
    *,
    days: BookDays,
) -> DisputeRow:
    """Let credit stand for a part of what a dispute holds, or has lost."""
    minor = sum(taken for _, taken in draws)
    row = before._replace(
        fact_no=before.fact_no + 1,
        held_minor=before.held_minor - minor,
        offset_minor=before.offset_minor + minor,
    )
    moves = [
        (Purpose.DISPUTE_LOSS, -minor if before.state in LOST else 0),
        (Purpose.DISPUTE_HOLD, -minor),
        (Purpose.DISPUTE_OVER, minor),
        (Purpose.DISPUTE_OFFSET, minor),
    ]
    transfers: list[TransferRow] = []
    for purpose, amount in moves:
        transfers += transfers_of(row, purpose, amount, days=days)
    await ledger.add_transfers(tx, transfers)
    await disputing.step_dispute(tx, step_of(row))
    note = f"credit stands for {minor} minor units"
    await disputing.add_fact(tx, shifted_of(row, note, days=days))
    await draw_credit_in(tx, row, draws)
    return row


async def _tell_spent(tx: Tx, row: DisputeRow, minor: int, *, days: BookDays) -> None:
    """Tell people that the payer has used credit of money that the dispute has as well."""
    if minor <= 0:
        return
    told = ExceptionRow(
        bucket=row.bucket,
        subject_id=row.id,
        reason=Reason.OVER_RETURNED,
        detail=f"{minor} minor units of credit that it gave back were used (fact {row.fact_no})",
        opened_at=days.now,
    )
    await exceptions.tell_exceptions(tx, [told], once=True)
