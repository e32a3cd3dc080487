"""Record what contradicts an ended attempt: as evidence, before people, and in suspense."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.flows.read_book_days import BookDays
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Booking, Purpose
from ledgerline.ledger.rows import TransferRow
from ledgerline.ledger.rules.postings import post
from ledgerline.payments import exceptions
from ledgerline.payments import store as payments
from ledgerline.payments.model import EvidenceKind, Reading
from ledgerline.payments.rows.attempts import AttemptRow, EvidenceRow
from ledgerline.payments.rows.exceptions import ExceptionRow
from ledgerline.payments.rows.payments import PaymentRow
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.payments.rules.settlement import Contradict

CONTRADICTIONS: Final = {Reason.LATE_SUCCESS: 2, Reason.DECLINED_AFTER_SUCCESS: 3}
"""Evidence numbers of what contradicts a closed attempt; 1 is what closed it."""


class Contradicting(NamedTuple):
    """An attempt and its payment, under lock, with what was said and what that contradicts."""

    attempt: AttemptRow
    payment: PaymentRow
    reading: Reading
    what: Contradict


async def record_contradictions_in(
    tx: Tx, cases: Sequence[Contradicting], *, days: BookDays
) -> None:
    """Keep each once; a second execution is no evidence of this attempt and only told to people.

    Every further execution of it is told beside the first. Safe to repeat.
    """
    twice = [one for one in cases if one.what.reason is Reason.CHARGED_TWICE]
    if twice:
        await exceptions.tell_exceptions(tx, [_twice(one, days.now) for one in twice], once=True)
    found = [one for one in cases if one.what.reason is not Reason.CHARGED_TWICE]
    if not found:
        return
    opened = await exceptions.add_exceptions(tx, [_opened(one, days.now) for one in found])
    fresh = {(row.subject_id, row.reason) for row in opened}
    found = [one for one in found if (one.attempt.id, one.what.reason) in fresh]
    await payments.add_evidence(tx, [_evidence(one, days.now) for one in found])
    moved = [one for one in found if one.what.money_moved]
    await ledger.add_transfers(tx, [row for one in moved for row in _unmatched(one, days)])


def _opened(case: Contradicting, now: datetime) -> ExceptionRow:
    attempt, reading = case.attempt, case.reading
    return ExceptionRow(
        bucket=attempt.bucket,
        subject_id=attempt.id,
        reason=case.what.reason,
        detail=f"attempt {attempt.state}, {reading.kind} says {reading.outcome}",
        opened_at=now,
    )


def _twice(case: Contradicting, now: datetime) -> ExceptionRow:
    attempt, reading = case.attempt, case.reading
    return ExceptionRow(
        bucket=attempt.bucket,
        subject_id=attempt.id,
        reason=Reason.CHARGED_TWICE,
        detail=f"{attempt.psp_account} executed this charge again, as {reading.psp_ref}",
        opened_at=now,
    )


def _unmatched(case: Contradicting, days: BookDays) -> list[TransferRow]:
    """Book money that came in for nothing on the seller's day, until somebody decides."""
    payment, attempt = case.payment, case.attempt
    booking = Booking(
        bucket=payment.bucket,
        source_id=attempt.id,
        seller_code=payment.seller_code,
        customer_id=payment.customer_id,
        currency=payment.currency,
        on=days.of(payment.seller_code),
        at=days.now,
    )
    return post(Purpose.UNMATCHED, attempt.amount_minor, booking, dim=attempt.psp_account)


def _evidence(case: Contradicting, now: datetime) -> EvidenceRow:
    attempt, reading = case.attempt, case.reading
    return EvidenceRow(
        bucket=attempt.bucket,
        attempt_id=attempt.id,
        no=CONTRADICTIONS[case.what.reason],
        kind=EvidenceKind(reading.kind),
        outcome=reading.outcome,
        psp_ref=reading.psp_ref,
        psp_code=reading.code,
        currency=attempt.currency,
        amount_minor=attempt.amount_minor,
        recorded_at=now,
    )
