"""End a refund with evidence: credit note, receipt and transfers in one transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from ledgerline.base.calendar import Period
from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, CreditNoteId, InvoiceId, ReceiptId, RefundId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.bear_own_failures import open_account_exceptions_in
from ledgerline.flows.credit_lines import Note, credit_lines_in
from ledgerline.flows.offset_credit import offset_credit_in
from ledgerline.flows.prove_refund import prove_refund_in
from ledgerline.flows.read_book_days import BookDays, read_book_days
from ledgerline.flows.read_credited import read_credited_in
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.flows.reverse_refund import reverse_refund_in
from ledgerline.flows.tell_of_refund import tell_of_refund_in, tell_of_waiting_in
from ledgerline.flows.undo_refund import refund_lines_in, release_in, undo_refund_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import CreditReason
from ledgerline.invoicing.rows.documents import InvoiceRow
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Booking, Purpose
from ledgerline.ledger.rules.postings import post
from ledgerline.outbox.model import EventKind
from ledgerline.payments import exceptions, payer
from ledgerline.payments import store as payments
from ledgerline.payments.model import (
    DeclineCategory,
    EvidenceKind,
    Outcome,
    Reading,
    RefundCause,
    RefundEvent,
    RefundState,
)
from ledgerline.payments.rows.exceptions import ClosedRow, ExceptionRow
from ledgerline.payments.rows.refunds import RefundRow, RefundStepRow
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.payments.rules.ladder import next_look, proves_nothing
from ledgerline.payments.rules.lifecycle import REFUND, REFUND_ENDED
from ledgerline.payments.rules.retry import postpone
from ledgerline.payments.rules.settlement import is_second_refund
from ledgerline.pricing.rules.credit import amount_of
from ledgerline.receipts.model import ReceiptKind
from ledgerline.rules.charged import Credited

POSTPONED_ONCE: Final = 2  # nobody waits for it at a screen: an hour, however often
_EVENTS = {
    Outcome.SUCCEEDED: RefundEvent.CONFIRMED,
    Outcome.DECLINED: RefundEvent.DECLINED,
    Outcome.NOT_EXECUTED: RefundEvent.PROVEN_ABSENT,
    Outcome.PENDING: RefundEvent.PENDING,
    Outcome.UNKNOWN: RefundEvent.ANSWER_LOST,
    Outcome.ABSENT: RefundEvent.ANSWER_LOST,
    Outcome.REQUIRES_ACTION: RefundEvent.ANSWER_LOST,
}
_CONTRADICTIONS: Final = {
    (RefundState.FAILED, Outcome.SUCCEEDED),
}


@repeated
async def settle_refund(
    run: Run, *, bucket: Bucket, refund_id: RefundId, reading: Reading
) -> RefundState:
    """Apply a reading to a refund; safe to repeat, for an ended refund does not change.

    Called by the synchronous answer, the resolver and webhooks. An unknown refund is never sent
    again under another key. One that succeeded and came back is reversed. What is told of a second
    execution changes nothing in the books either: people are told, once. What contradicts a failed
    one changes nothing in the books: people are told.
    """
    async with run.transaction() as tx:
        assert bucket == bucket_of(refund_id), (bucket, refund_id)
        _, after = await settle_refund_in(tx, run, refund_id, reading, now=run.now())
    return after


async def settle_refund_in(
    tx: Tx, run: Run, refund_id: RefundId, reading: Reading, *, now: datetime
) -> tuple[RefundState, RefundState]:
    """Do the same inside the caller's transaction; return where it stood and where it stands."""
    bucket = bucket_of(refund_id)
    found = await payments.find_refund(tx, bucket=bucket, id=refund_id)
    assert found is not None, refund_id
    invoice, of_credit = await _lock_invoices(tx, found)
    await payments.lock_payments(tx, buckets=[bucket], ids=[found.payment_id])
    refund = await payments.lock_refund(tx, bucket=bucket, id=refund_id)
    assert refund is not None, refund_id
    state = RefundState(refund.state)
    if state is RefundState.SUCCEEDED and reading.outcome is Outcome.DECLINED:
        days = await read_book_days(tx, now=now)
        after = await reverse_refund_in(tx, run, refund, reading, days=days)
        await _offset(tx, bucket, of_credit, days=days)
        return state, after
    if is_second_refund(state, refund.psp_ref, reading):
        await _made_again(tx, refund, reading, now=now)
        return state, state
    if state in REFUND_ENDED:
        await _contradicted(tx, refund, reading, now=now)
        return state, state
    if proves_nothing(reading, looks=refund.looks):
        reading = replace(reading, outcome=Outcome.UNKNOWN)
    if _is_ours(state, reading):
        return state, await _postpone(tx, refund, reading, now=now)
    after = REFUND.after(state, _EVENTS[reading.outcome])
    if after is RefundState.SUCCEEDED:
        await succeed_refund_in(tx, run, refund, invoice, reading=reading, now=now)
    else:
        await _other(tx, run, refund, invoice, outcome=(after, reading), now=now)
    if after in REFUND_ENDED:  # less is left of the invoice, or credit came back to its lot
        days = await read_book_days(tx, now=now)
        await _offset(tx, bucket, [invoice.id, *of_credit], days=days)
    await tell_of_refund_in(tx, refund, after, reading, now=now)
    return state, after


async def _lock_invoices(tx: Tx, refund: RefundRow) -> tuple[InvoiceRow, list[InvoiceId]]:
    """Lock the invoice of a refund's payment, and the others that gave what it pays out."""
    credited: set[InvoiceId] = set()
    if refund.cause == RefundCause.CREDIT:
        draws = await payer.read_draws(tx, bucket=refund.bucket, refund_id=refund.id)
        of = await read_credited_in(tx, refund.bucket, [one.lot_id for one in draws])
        credited = {*of.values()} - {refund.invoice_id}
    others = sorted(credited)
    ids = [refund.invoice_id, *others]
    locked = await invoicing.lock_invoices(tx, buckets=[refund.bucket] * len(ids), ids=ids)
    [invoice] = [one for one in locked if one.id == refund.invoice_id]
    return invoice, others


async def _offset(
    tx: Tx, bucket: Bucket, invoice_ids: Sequence[InvoiceId], *, days: BookDays
) -> None:
    """Let what credit came back stand for disputes of the payments of the invoices it is of."""
    for invoice_id in invoice_ids:
        await offset_credit_in(tx, bucket=bucket, invoice_id=invoice_id, days=days)


async def _made_again(tx: Tx, refund: RefundRow, reading: Reading, *, now: datetime) -> None:
    """Tell people, once a name, that a provider made a refund again, beside what was told before.

    Nothing is booked before its line of a settlement file.
    """
    row = ExceptionRow(
        bucket=refund.bucket,
        subject_id=refund.id,
        reason=Reason.REFUNDED_TWICE,
        detail=f"{refund.psp_account} made this refund again, as {reading.psp_ref}",
        opened_at=now,
    )
    await exceptions.tell_exceptions(tx, [row], once=True)


async def _contradicted(tx: Tx, refund: RefundRow, reading: Reading, *, now: datetime) -> None:
    """Tell people, once, that a provider says of an ended refund what our books do not."""
    if (RefundState(refund.state), reading.outcome) not in _CONTRADICTIONS:
        return
    row = ExceptionRow(
        bucket=refund.bucket,
        subject_id=refund.id,
        reason=Reason.REFUND_CONTRADICTED,
        detail=f"refund {refund.state}, {reading.kind} says {reading.outcome}",
        opened_at=now,
    )
    await exceptions.add_exceptions(tx, [row])


def _is_ours(state: RefundState, reading: Reading) -> bool:
    """Say whether nothing was executed, and that is no refusal: it is asked for still.

    A request that is not understood now will not be later: such a refund has failed.
    """
    absent = reading.outcome is Outcome.NOT_EXECUTED and reading.kind is not EvidenceKind.OPERATOR
    understood = reading.category is not DeclineCategory.REQUEST_REFUSED
    return state in {RefundState.REQUESTED, RefundState.SENT} and absent and understood


async def _postpone(tx: Tx, refund: RefundRow, reading: Reading, *, now: datetime) -> RefundState:
    """Let the resolver send it again, under the same key, and tell people of the account."""
    if refund.state == RefundState.REQUESTED:  # it waits already
        return RefundState.REQUESTED
    event = RefundEvent.POSTPONED
    after = REFUND.after(RefundState(refund.state), event)
    again = postpone(POSTPONED_ONCE, failed_at=now, retry_after_seconds=reading.retry_after_seconds)
    await payments.step_refund(
        tx,
        RefundStepRow(
            bucket=refund.bucket,
            id=refund.id,
            state_before=refund.state,
            state_event=event,
            state=after,
            resolve_at=again.at,
            ended_at=None,
            psp_ref=None,
            psp_code=reading.code,
            credit_note_id=None,
            receipt_id=None,
        ),
    )
    await tell_of_waiting_in(tx, refund, reading, now=now)
    return after


async def _other(
    tx: Tx,
    run: Run,
    refund: RefundRow,
    invoice: InvoiceRow,
    *,
    outcome: tuple[RefundState, Reading],
    now: datetime,
) -> None:
    after, reading = outcome
    failed = after is RefundState.FAILED
    if failed:
        await undo_refund_in(tx, run, refund, invoice, reading=reading, now=now)
        await _tell(tx, run, refund, EventKind.REFUND_FAILED, now=now)
    elif reading.category is DeclineCategory.MERCHANT_CONFIG:  # we are not even let look
        await open_account_exceptions_in(tx, {refund.psp_account: reading}, now=now)
    await payments.step_refund(
        tx,
        RefundStepRow(
            bucket=refund.bucket,
            id=refund.id,
            state_before=refund.state,
            state_event=_EVENTS[reading.outcome],
            state=after,
            resolve_at=None if failed else _look_again(refund, reading, now=now),
            ended_at=now if failed else None,
            psp_ref=reading.psp_ref,
            psp_code=reading.code,
            credit_note_id=None,
            receipt_id=None,
        ),
    )


def _look_again(refund: RefundRow, reading: Reading, *, now: datetime) -> datetime:
    return next_look(refund.looks, now, retry_after_seconds=reading.retry_after_seconds)


async def succeed_refund_in(
    tx: Tx, run: Run, refund: RefundRow, invoice: InvoiceRow, *, reading: Reading, now: datetime
) -> None:
    """End a refund that its provider has made: documents, transfers and the reservation's end.

    Called under the locks of the invoice, the payment and the refund.
    """
    days = await read_book_days(tx, now=now)
    on = days.of(refund.seller_code)
    receipt_id = ReceiptId(run.new_id(refund.bucket))
    note_id = await _give(tx, run, refund, invoice, now=now)
    await payments.step_refund(
        tx,
        RefundStepRow(
            bucket=refund.bucket,
            id=refund.id,
            state_before=refund.state,
            state_event=RefundEvent.CONFIRMED,
            state=RefundState.SUCCEEDED,
            resolve_at=None,
            ended_at=now,
            psp_ref=reading.psp_ref,
            psp_code=reading.code,
            credit_note_id=note_id,
            receipt_id=receipt_id,
        ),
    )
    await _book(tx, refund, on=on, now=now)
    await prove_refund_in(tx, refund, receipt_id, ReceiptKind.REFUND, days=days)
    await _tell(tx, run, refund, EventKind.REFUND_SUCCEEDED, now=now)


async def _give(
    tx: Tx, run: Run, refund: RefundRow, invoice: InvoiceRow, *, now: datetime
) -> CreditNoteId | None:
    """Do what a refund stands for; only one of what was charged makes a credit note."""
    match RefundCause(refund.cause):
        case RefundCause.LATE_SUCCESS:
            assert refund.attempt_id is not None, refund
            closed = ClosedRow(refund.bucket, refund.attempt_id, Reason.LATE_SUCCESS)
            await exceptions.close_exceptions(tx, [closed], now=now)
            return None
        case RefundCause.CREDIT:
            await release_in(tx, refund, refunded_minor=refund.amount_minor)
            return None
        case RefundCause.ASKED | RefundCause.LATE_CHANGE:
            note_id = await _credit(tx, run, refund, invoice, now=now)
            await release_in(tx, refund, refunded_minor=refund.amount_minor)
            return note_id


async def _credit(
    tx: Tx, run: Run, refund: RefundRow, invoice: InvoiceRow, *, now: datetime
) -> CreditNoteId:
    """Credit what was reserved of each line; the money leaves at once and is no credit to spend."""
    note_id = CreditNoteId(run.new_id(refund.bucket))
    given = [
        Credited(one, amount_of(one.line, row.amount_minor, span=Period(row.from_on, row.until_on)))
        for one, row in await refund_lines_in(tx, refund, invoice)
    ]
    note = Note(note_id, invoice, tuple(given), CreditReason.REFUND, kept=False)
    await credit_lines_in(tx, run, [note], now=now)
    return note_id


async def _book(tx: Tx, refund: RefundRow, *, on: date, now: datetime) -> None:
    """Book that money leaves through the provider: credit that its note gave, or late money."""
    late = refund.cause == RefundCause.LATE_SUCCESS
    booking = Booking(
        bucket=refund.bucket,
        source_id=refund.id,
        seller_code=refund.seller_code,
        customer_id=refund.customer_id,
        currency=refund.currency,
        on=on,
        at=now,
    )
    purpose = Purpose.RETURNED if late else Purpose.REFUND
    await ledger.add_transfers(
        tx, post(purpose, refund.amount_minor, booking, dim=refund.psp_account)
    )


async def _tell(tx: Tx, run: Run, refund: RefundRow, kind: EventKind, *, now: datetime) -> None:
    await record_events_in(
        tx,
        run,
        [
            NewEvent(
                bucket=refund.bucket,
                aggregate_id=refund.id,
                seq=1,
                kind=kind,
                customer_id=refund.customer_id,
                occurred_at=now,
                body={
                    "amount": refund.amount_minor,
                    "currency": refund.currency,
                    "cause": refund.cause,  # the reason is a person's words: no event keeps them
                },
            )
        ],
    )
