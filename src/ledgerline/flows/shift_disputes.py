"""Count less of disputes as over: a refund of the money came to nothing, or it came late."""

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
from ledgerline.payments.rules.paying_out import draw


class _Part(NamedTuple):
    """How much less is over of a dispute, and the credit that stands for as much as it holds."""

    dispute: DisputeRow
    minor: int
    draws: tuple[tuple[CreditLotId, int], ...]
    lost_as: Purpose

    @property
    def credit_minor(self) -> int:
        """How much of it had become credit."""
        return sum(minor for _, minor in self.draws)


async def lock_over_in(tx: Tx, refund: RefundRow) -> list[DisputeRow]:
    """Lock the disputes of a refund's payment, if something is over of one; none otherwise.

    Called under the locks of ``settle_refund``, before credit is locked.
    """
    held = await disputing.lock_disputes(tx, bucket=refund.bucket, payment_id=refund.payment_id)
    return held if any(one.over_minor for one in held) else []


async def shift_disputes_in(
    tx: Tx,
    refund: RefundRow,
    held: Sequence[DisputeRow],
    *,
    now: datetime,
    credit: Sequence[DrawRow] = (),
) -> int:
    """Take what a refund did not give after all out of what is over of disputes of its payment.

    ``held`` are those of ``lock_over_in``; called once the payment counts the refund no more. What
    a refund that failed had reserved was never given: the dispute holds it now, or has lost it, and
    no invoice is claimed again, for it was to go back anyway. What became ``credit`` of what the
    payment paid, since it came back or failed, the payer got by the dispute instead: that much of
    the credit is theirs no more, unless the dispute is won. Return how much of the credit that is.
    """
    if not held:
        return 0
    room = await disputing.read_room(tx, bucket=refund.bucket, id=refund.payment_id)
    assert room is not None, refund
    days = await read_book_days(tx, now=now)
    less = await shift_over_in(tx, held, room_minor=room.room_minor, days=days, credit=credit)
    return min(less, sum(one.amount_minor for one in credit))


async def shift_over_in(
    tx: Tx,
    held: Sequence[DisputeRow],
    *,
    room_minor: int,
    days: BookDays,
    credit: Sequence[DrawRow] = (),
    lost_as: Purpose = Purpose.DISPUTE_LOSS,
) -> int:
    """Let disputes of one payment, under lock, have what there is room for; the oldest first.

    One of a charge that never paid has nothing of it. Where one is lost, ``lost_as`` says whether
    it is our loss or is claimed again, which is for the caller to do. Return how much less is over.
    """
    if not held:
        return 0
    paying = await disputing.read_paying(tx, bucket=held[0].bucket, payment_id=held[0].payment_id)
    held = [one for one in held if one.attempt_id in paying]
    parts = shift(room_minor, [one.over_minor for one in held])
    waiting = [(one.id, one.amount_minor) for one in reversed(credit)]
    for dispute, minor in zip(held, parts, strict=True):
        if minor:
            part = _Part(dispute, minor, tuple(draw(waiting, minor)), lost_as)
            await _shift(tx, part, days=days)
    return sum(parts)


async def _shift(tx: Tx, part: _Part, *, days: BookDays) -> None:
    before, minor, credit_minor = part.dispute, part.minor, part.credit_minor
    rest, is_lost = minor - credit_minor, before.state in LOST
    reopens = is_lost and part.lost_as is Purpose.DISPUTE_REOPEN
    row = before._replace(
        fact_no=before.fact_no + 1,
        over_minor=before.over_minor - minor,
        held_minor=before.held_minor + rest,
        offset_minor=before.offset_minor + credit_minor,
        reopened_minor=before.reopened_minor + (rest if reopens else 0),
    )
    moves = [
        (Purpose.DISPUTE_OFFSET, credit_minor),
        (Purpose.DISPUTE_OVER, -rest),
        (Purpose.DISPUTE_HOLD, rest),
        (part.lost_as, rest if is_lost else 0),
    ]
    transfers: list[TransferRow] = []
    for purpose, amount in moves:
        transfers += transfers_of(row, purpose, amount, days=days)
    await ledger.add_transfers(tx, transfers)
    disputed, lost = (0, minor) if is_lost else (minor, 0)
    await disputing.change_disputed(tx, DisputedRow(row.bucket, row.payment_id, disputed, lost))
    await disputing.step_dispute(tx, step_of(row))
    await disputing.add_fact(tx, shifted_of(row, f"{minor} minor units less are over", days=days))
    await draw_credit_in(tx, row, part.draws)
    if not row.over_minor:
        ended = ClosedRow(row.bucket, row.id, Reason.OVER_RETURNED)
        await exceptions.close_exceptions(tx, [ended], now=days.now)


async def draw_credit_in(tx: Tx, row: DisputeRow, draws: Sequence[tuple[CreditLotId, int]]) -> None:
    """Take the credit that stands for a dispute from its lots, under its newest fact."""
    if not draws:
        return
    rows = [
        DisputeDrawRow(
            bucket=row.bucket,
            dispute_id=row.id,
            no=row.fact_no,
            lot_id=lot_id,
            amount_minor=minor,
        )
        for lot_id, minor in draws
    ]
    await disputing.add_draws(tx, rows)
    await ledger.draw_lots(tx, [DrawRow(row.bucket, *one) for one in draws])


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


def shifted_of(row: DisputeRow, note: str, *, days: BookDays) -> DisputeFactRow:
    """Return what is noted where no provider told of what changed of a dispute."""
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
        note=note,
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
