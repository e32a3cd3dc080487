"""Take a refund back that had succeeded: its money came back to the provider days later."""

from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import CreditLotId, ReceiptId
from ledgerline.base.run import Run
from ledgerline.flows.offset_credit import offset_credit_in
from ledgerline.flows.prove_refund import prove_refund_in
from ledgerline.flows.read_book_days import BookDays
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.flows.return_credit import return_credit_in
from ledgerline.flows.shift_disputes import lock_over_in, shift_disputes_in
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Booking, LotSource, Purpose
from ledgerline.ledger.rows import DrawRow, LotRow
from ledgerline.ledger.rules.postings import post
from ledgerline.outbox.model import EventKind
from ledgerline.payments import disputing, exceptions
from ledgerline.payments import store as payments
from ledgerline.payments.model import Reading, RefundCause, RefundEvent, RefundState
from ledgerline.payments.rows.exceptions import ExceptionRow
from ledgerline.payments.rows.refunds import RefundRow, RefundStepRow
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.payments.rules.lifecycle import REFUND
from ledgerline.receipts.model import ReceiptKind

_SECOND: Final = 2  # of what is told of a refund: the first was that it succeeded


async def reverse_refund_in(
    tx: Tx, run: Run, refund: RefundRow, reading: Reading, *, days: BookDays
) -> RefundState:
    """Reverse the transfers of a refund, owe its amount to the customer, and tell people.

    Its credit note and receipt stay: they say what was given, and the claim that they took back
    does not come back; a document of its own corrects what the receipt told. The customer has not
    got the money, so it is credit, which may be spent or paid out another way, but for what a
    dispute of the same money has paid already; late money is in suspense again. Called under the
    locks of ``settle_refund``.
    """
    event, receipt_id = RefundEvent.REVERSED, ReceiptId(run.new_id(refund.bucket))
    after = REFUND.after(RefundState(refund.state), event)
    await payments.step_refund(
        tx,
        RefundStepRow(
            bucket=refund.bucket,
            id=refund.id,
            state_before=refund.state,
            state_event=event,
            state=after,
            resolve_at=None,
            ended_at=days.now,
            psp_ref=None,  # its receipt says the first
            psp_code=reading.code,
            credit_note_id=refund.credit_note_id,
            receipt_id=refund.receipt_id,
            reversal_receipt_id=receipt_id,
        ),
    )
    await _book(tx, refund, days=days)
    offset_minor = await _owe(tx, run, refund, reading, days=days)
    offset_minor += await _offset(tx, refund, days=days)
    await prove_refund_in(
        tx, refund, receipt_id, ReceiptKind.REVERSAL, days=days, offset_minor=offset_minor
    )
    await _tell(tx, run, refund, reading, days=days)
    return after


async def _owe(tx: Tx, run: Run, refund: RefundRow, reading: Reading, *, days: BookDays) -> int:
    """Owe the customer what came back; return how much of it a dispute had given them already."""
    match RefundCause(refund.cause):
        case RefundCause.LATE_SUCCESS:
            await _tell_of_late(tx, refund, reading, days=days)
            return 0
        case RefundCause.CREDIT:
            await disputing.take_refunded_back(tx, refund)
            return await return_credit_in(tx, refund, now=days.now)
        case RefundCause.ASKED | RefundCause.LATE_CHANGE:
            await disputing.take_refunded_back(tx, refund)
            held = await lock_over_in(tx, refund)
            lot = _lot(run, refund, days=days)
            await ledger.add_lots(tx, [lot])
            credit = [DrawRow(lot.bucket, lot.id, lot.amount_minor)]
            return await shift_disputes_in(tx, refund, held, credit=credit, now=days.now)


async def _offset(tx: Tx, refund: RefundRow, *, days: BookDays) -> int:
    """Let credit stand for disputes of the payment; return how much of it does that did not."""
    held = await disputing.read_disputes_of_invoice(
        tx, bucket=refund.bucket, invoice_id=refund.invoice_id
    )
    before = {one.id: one.offset_minor for one in held if one.payment_id == refund.payment_id}
    changed = await offset_credit_in(
        tx, bucket=refund.bucket, invoice_id=refund.invoice_id, days=days
    )
    return sum(one.offset_minor - before[one.id] for one in changed if one.id in before)


def _lot(run: Run, refund: RefundRow, *, days: BookDays) -> LotRow:
    """Return the credit that the customer has instead, from the note that the refund made."""
    assert refund.credit_note_id is not None, refund
    return LotRow(
        bucket=refund.bucket,
        id=CreditLotId(run.new_id(refund.bucket)),
        customer_id=refund.customer_id,
        seller_code=refund.seller_code,
        currency=refund.currency,
        source_kind=LotSource.CREDIT_NOTE,
        source_id=refund.credit_note_id,
        amount_minor=refund.amount_minor,
        remaining_minor=refund.amount_minor,
        expires_on=None,
        created_at=days.now,
    )


async def _book(tx: Tx, refund: RefundRow, *, days: BookDays) -> None:
    late = refund.cause == RefundCause.LATE_SUCCESS
    booking = Booking(
        bucket=refund.bucket,
        source_id=refund.id,
        seller_code=refund.seller_code,
        customer_id=refund.customer_id,
        currency=refund.currency,
        on=days.of(refund.seller_code),
        at=days.now,
    )
    purpose = Purpose.RETURN_REVERSED if late else Purpose.REFUND_REVERSED
    await ledger.add_transfers(
        tx, post(purpose, refund.amount_minor, booking, dim=refund.psp_account)
    )


async def _tell_of_late(tx: Tx, refund: RefundRow, reading: Reading, *, days: BookDays) -> None:
    assert refund.attempt_id is not None, refund
    row = ExceptionRow(
        bucket=refund.bucket,
        subject_id=refund.attempt_id,
        reason=Reason.LATE_SUCCESS,
        detail=f"its refund came back ({reading.code})",
        opened_at=days.now,
    )
    await exceptions.tell_exceptions(tx, [row])


async def _tell(tx: Tx, run: Run, refund: RefundRow, reading: Reading, *, days: BookDays) -> None:
    event = NewEvent(
        bucket=refund.bucket,
        aggregate_id=refund.id,
        seq=_SECOND,
        kind=EventKind.REFUND_REVERSED,
        customer_id=refund.customer_id,
        occurred_at=days.now,
        body={
            "amount": refund.amount_minor,
            "currency": refund.currency,
            "cause": refund.cause,
        },
    )
    await record_events_in(tx, run, [event])
    row = ExceptionRow(
        bucket=refund.bucket,
        subject_id=refund.id,
        reason=Reason.REFUND_REVERSED,
        detail=f"it came back to {refund.psp_account}: {reading.kind} says {reading.outcome}",
        opened_at=days.now,
    )
    await exceptions.add_exceptions(tx, [row])
