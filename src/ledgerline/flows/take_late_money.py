"""Let money that came late pay what is owed: as an attempt that captured just now."""

from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId
from ledgerline.base.run import Run
from ledgerline.flows.apply_waiting_disputes import apply_waiting_disputes_in
from ledgerline.flows.lock_late_money import LateMoney
from ledgerline.flows.read_book_days import read_book_days
from ledgerline.flows.record_settlement import Settled, record_settlements_in
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Booking, Purpose
from ledgerline.ledger.rules.postings import post
from ledgerline.payments import store as payments
from ledgerline.payments.model import AttemptState, EvidenceKind, Outcome, Reading
from ledgerline.payments.rows.attempts import NewAttemptRow
from ledgerline.payments.rows.payments import TriedRow
from ledgerline.payments.rules.settlement import Succeed


async def take_late_money_in(
    tx: Tx, run: Run, late: LateMoney, *, psp_ref: str, now: datetime
) -> None:
    """Pay the invoice with it, under its locks; whoever calls closes the exception.

    ``psp_ref`` is what the provider calls the charge: a refund of it will name that.
    """
    row = _adopted(late, AttemptId(run.new_id(late.payment.bucket)), now=now)
    payment, attempt = late.payment, late.attempt
    await payments.mark_tried(tx, [TriedRow(payment.bucket, payment.id, payment.tries)])
    await payments.add_attempts(tx, [row])
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
        tx, post(Purpose.MATCHED, attempt.amount_minor, booking, dim=attempt.psp_account)
    )
    settled = Settled(
        attempt=attempt._replace(id=row.id, ordinal=row.ordinal, state=row.state),
        payment=payment,
        invoice=late.invoice,
        subscription=late.subscription,
        promised=(),
        reading=Reading(Outcome.SUCCEEDED, EvidenceKind(late.row.kind), psp_ref=psp_ref),
        verdict=Succeed(),
    )
    await record_settlements_in(tx, run, [settled], days=days, now=now)
    await apply_waiting_disputes_in(tx, run, late, days=days)


def _adopted(late: LateMoney, attempt_id: AttemptId, *, now: datetime) -> NewAttemptRow:
    attempt = late.attempt
    return NewAttemptRow(
        bucket=attempt.bucket,
        payment_id=attempt.payment_id,
        id=attempt_id,
        ordinal=late.payment.tries + 1,
        psp_account=attempt.psp_account,
        psp_token=attempt.psp_token,
        currency=attempt.currency,
        amount_minor=attempt.amount_minor,
        initiator=attempt.initiator,
        state=AttemptState.SENT,
        state_before="-",
        state_event="created",
        sent_at=now,
        resolve_at=now,
        looks=0,
        request_digest=None,
        resume_at=None,
        resume_awaits=None,
        adopted_from=attempt.id,
        decision_id=None,
        return_url=None,
        challenge=False,
    )
