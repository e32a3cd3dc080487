"""Count less of disputes as over, where a refund of the same money came to nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import CreditLotId
from ledgerline.flows.read_book_days import BookDays, read_book_days
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Booking, Purpose
from ledgerline.ledger.rows import DrawRow, TransferRow
from ledgerline.ledger.rules.postings import DIVIDED, POSTINGS, post_signed
from ledgerline.payments import disputing, exceptions
from ledgerline.payments.disputes import SHIFTED, DisputeSource
from ledgerline.payments.rows.disputes import (
    DisputeDrawRow,
    DisputedRow,
    DisputeFactRow,
    DisputeRow,
    DisputeStepRow,
)
from ledgerline.payments.rows.exceptions import ClosedRow
from ledgerline.payments.rows.refunds import RefundRow
from ledgerline.payments.rules.disputing import LOST, shift
from ledgerline.payments.rules.exceptions import Reason


class _Part(NamedTuple):
    """How much less is over of a dispute, and of which credit that was, if it is credit now."""

    dispute: DisputeRow
    minor: int
    lot_id: CreditLotId | None


async def shift_disputes_in(
    tx: Tx, refund: RefundRow, *, lot_id: CreditLotId | None, now: datetime
) -> None:
    """Take what a refund did not give after all out of what is over of disputes of its payment.

    Called under the locks of ``settle_refund``, once the payment counts the refund no more. What a
    refund that failed had reserved was never given: the dispute holds it now, or has lost it, and
    no invoice is claimed again, for it was to go back anyway. What came back of a refund whose
    credit note stands (``lot_id`` is its credit) the payer got by the dispute instead: that much of
    the credit is theirs no more, unless the dispute is won.
    """
    held = await disputing.lock_disputes(tx, bucket=refund.bucket, payment_id=refund.payment_id)
    if not any(one.over_minor for one in held):
        return
    room = await disputing.read_room(tx, bucket=refund.bucket, id=refund.payment_id)
    assert room is not None, refund
    days = await read_book_days(tx, now=now)
    await shift_over_in(tx, held, room_minor=room.room_minor, days=days, lot_id=lot_id)


async def shift_over_in(
    tx: Tx,
    held: Sequence[DisputeRow],
    *,
    room_minor: int,
    days: BookDays,
    lot_id: CreditLotId | None = None,
) -> None:
    """Let disputes of one payment, under lock, have what there is room for; the oldest first.

    One of a charge that never paid has nothing of it.
    """
    if not held:
        return
    paying = await disputing.read_paying(tx, bucket=held[0].bucket, payment_id=held[0].payment_id)
    held = [one for one in held if one.attempt_id in paying]
    parts = shift(room_minor, [one.over_minor for one in held])
    for dispute, minor in zip(held, parts, strict=True):
        if minor:
            await _shift(tx, _Part(dispute, minor, lot_id), days=days)


async def _shift(tx: Tx, part: _Part, *, days: BookDays) -> None:
    before, minor = part.dispute, part.minor
    is_credit, is_lost = part.lot_id is not None, before.state in LOST
    row = before._replace(
        fact_no=before.fact_no + 1,
        over_minor=before.over_minor - minor,
        held_minor=before.held_minor + (0 if is_credit else minor),
        offset_minor=before.offset_minor + (minor if is_credit else 0),
    )
    moves = [(Purpose.DISPUTE_OFFSET, minor)]
    if not is_credit:
        moves = [(Purpose.DISPUTE_OVER, -minor), (Purpose.DISPUTE_HOLD, minor)]
        moves += [(Purpose.DISPUTE_LOSS, minor)] if is_lost else []
    transfers: list[TransferRow] = []
    for purpose, amount in moves:
        transfers += transfers_of(row, purpose, amount, days=days)
    await ledger.add_transfers(tx, transfers)
    disputed, lost = (0, minor) if is_lost else (minor, 0)
    await disputing.change_disputed(tx, DisputedRow(row.bucket, row.payment_id, disputed, lost))
    await disputing.step_dispute(tx, step_of(row))
    await disputing.add_fact(tx, _fact(row, minor, days=days))
    if part.lot_id is not None:
        draw = DisputeDrawRow(
            bucket=row.bucket,
            dispute_id=row.id,
            no=row.fact_no,
            lot_id=part.lot_id,
            amount_minor=minor,
        )
        await disputing.add_draws(tx, [draw])
        await ledger.draw_lots(tx, [DrawRow(row.bucket, part.lot_id, minor)])
    if not row.over_minor:
        ended = ClosedRow(row.bucket, row.id, Reason.OVER_RETURNED)
        await exceptions.close_exceptions(tx, [ended], now=days.now)


def transfers_of(
    dispute: DisputeRow, purpose: Purpose, amount_minor: int, *, days: BookDays
) -> list[TransferRow]:
    """Return one move under the number of the newest fact; a move back has the odd number."""
    booking = Booking(
        bucket=dispute.bucket,
        source_id=dispute.id,
        seller_code=dispute.seller_code,
        customer_id=dispute.customer_id,
        currency=dispute.currency,
        on=days.of(dispute.seller_code),
        at=days.now,
    )
    dim = "" if DIVIDED.isdisjoint(POSTINGS[purpose]) else dispute.psp_account
    n = 2 * dispute.fact_no + (amount_minor < 0)
    return post_signed(purpose, amount_minor, booking, dim=dim, n=n)


def _fact(row: DisputeRow, minor: int, *, days: BookDays) -> DisputeFactRow:
    return DisputeFactRow(
        bucket=row.bucket,
        dispute_id=row.id,
        no=row.fact_no,
        fact_key=f"shifted {row.fact_no}",
        event=SHIFTED,
        source=DisputeSource.REFUND,
        applied=True,
        amount_minor=row.amount_minor,
        taken_minor=0,
        given_minor=0,
        occurred_at=None,
        recorded_at=days.now,
        note=f"{minor} minor units less are over",
    )


def step_of(row: DisputeRow) -> DisputeStepRow:
    """Return what is written of a dispute after a fact."""
    return DisputeStepRow(
        bucket=row.bucket,
        id=row.id,
        psp_ref=row.psp_ref,
        stage=row.stage,
        reason=row.reason,
        reason_code=row.reason_code,
        held_minor=row.held_minor,
        over_minor=row.over_minor,
        offset_minor=row.offset_minor,
        reopened_minor=row.reopened_minor,
        state=row.state,
        state_before=row.state_before,
        state_event=row.state_event,
        due_by=row.due_by,
        told_at=row.told_at,
        fact_no=row.fact_no,
        event_seq=row.event_seq,
    )
