"""Close an exception as people decided it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledgerline.base import cards
from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, Bucket
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.keep_words import keep_words_in
from ledgerline.flows.read_book_days import read_book_days
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Booking, Purpose
from ledgerline.ledger.rules.postings import post
from ledgerline.payments import exceptions
from ledgerline.payments import store as payments
from ledgerline.payments.refusals import ExceptionNotClosable, ExceptionNotFound
from ledgerline.payments.rows.attempts import AttemptRow
from ledgerline.payments.rows.exceptions import DecidedRow
from ledgerline.payments.rows.payments import PaymentRow
from ledgerline.payments.rules.exceptions import Reason, require_by_hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Which exception is closed, by whom, and what was decided or done, in their words."""

    bucket: Bucket
    subject_id: UUID
    reason: Reason
    by: str
    note: str


@repeated
async def close_exception(run: Run, decision: Decision, *, command: Command | None = None) -> None:
    """Close an exception; what was decided stays with it.

    Late money that is closed by hand was given back at the provider: it leaves suspense. Nothing
    else moves in the books. Of an erased customer no words are kept. With the same ``command`` a
    repeat changes nothing. Raises ``ExceptionNotClosable`` where only a fact ends it or a refund
    of ours is under way, ``ExceptionNotFound`` where none of this reason is open, and
    ``CardNumberRefused``.
    """
    require_by_hand(decision.reason)
    cards.refuse_cards([decision.note, decision.by])
    bucket, now = decision.bucket, run.now()
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(
                tx, bucket=bucket, command=command, subject_id=decision.subject_id
            )
            if held is not None:
                return
        words = await keep_words_in(
            tx, decision.note, bucket=bucket, subject_id=decision.subject_id
        )
        row = DecidedRow(
            bucket=bucket,
            subject_id=decision.subject_id,
            reason=decision.reason,
            closed_at=now,
            closed_by=decision.by,
            resolution=words,
        )
        late = decision.reason is Reason.LATE_SUCCESS
        owner = await _lock_late(tx, row) if late else None
        if not await exceptions.decide_exception(tx, row):
            raise ExceptionNotFound("nothing of this reason is open for it", reason=decision.reason)
        if owner is not None:
            await _returned_by_hand(tx, *owner, now=now)


async def _lock_late(tx: Tx, row: DecidedRow) -> tuple[PaymentRow, AttemptRow]:
    """Lock the attempt late money came for; refuses while a refund of ours gives it back."""
    attempt_id = AttemptId(row.subject_id)
    found = await payments.find_attempts(tx, buckets=[row.bucket], ids=[attempt_id])
    if not found:
        raise ExceptionNotFound("there is no such attempt", reason=row.reason)
    [payment] = await payments.lock_payments(tx, buckets=[row.bucket], ids=[found[0].payment_id])
    [attempt] = await payments.lock_attempts(tx, buckets=[row.bucket], ids=[attempt_id])
    refund = await exceptions.find_return(tx, bucket=row.bucket, attempt_id=attempt_id)
    if refund is not None:
        raise ExceptionNotClosable("a refund gives it back already", refund=str(refund.id))
    return payment, attempt


async def _returned_by_hand(
    tx: Tx, payment: PaymentRow, attempt: AttemptRow, *, now: datetime
) -> None:
    days = await read_book_days(tx, now=now)
    booking = Booking(
        bucket=payment.bucket,
        source_id=attempt.id,
        seller_code=payment.seller_code,
        customer_id=payment.customer_id,
        currency=payment.currency,
        on=days.of(payment.seller_code),
        at=now,
    )
    await ledger.add_transfers(
        tx, post(Purpose.RETURNED, attempt.amount_minor, booking, dim=attempt.psp_account)
    )
