"""Apply one fact to a dispute: its state, its money, what follows, and what is told of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.run import Run
from ledgerline.flows.book_dispute import Booked, book_dispute_in
from ledgerline.flows.lock_dispute import Matter
from ledgerline.flows.offset_credit import offset_credit_in
from ledgerline.flows.read_book_days import BookDays
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.flows.shift_disputes import shift_over_in, step_of
from ledgerline.outbox.model import EventKind
from ledgerline.payments import disputing, exceptions
from ledgerline.payments.disputes import (
    DisputeEvent,
    DisputeReading,
    DisputeReason,
    DisputeSource,
    DisputeState,
)
from ledgerline.payments.rows.disputes import DisputeFactRow, DisputeRow
from ledgerline.payments.rows.exceptions import ClosedRow, ExceptionRow
from ledgerline.payments.rules.disputing import (
    ANSWERABLE,
    LOST,
    OPEN,
    Contradicted,
    Standing,
    decide,
    legs,
    stops_mit,
)
from ledgerline.payments.rules.exceptions import Reason

_ANSWER: Final = (Reason.DISPUTE_OPEN, Reason.DISPUTE_DUE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened to a dispute; ``key`` makes a repeat nothing new.

    ``reading`` is what a provider told with it; a step of ours has none, but perhaps a ``note``.
    """

    key: str
    event: DisputeEvent
    source: DisputeSource
    occurred_at: datetime | None
    reading: DisputeReading | None = None
    note: str = ""


async def advance_dispute_in(tx: Tx, run: Run, matter: Matter, fact: Fact) -> DisputeRow:
    """Apply a fact under the locks of ``lock_dispute`` and return the dispute as it is then.

    A fact that is known, or older than what is known, moves nothing. One that the state table has
    no answer for is kept and told to people: what a provider says is never refused.
    """
    dispute, days = matter.dispute, matter.days
    facts = await disputing.read_facts(tx, bucket=dispute.bucket, ids=[dispute.id])
    if any(one.fact_key == fact.key for one in facts):
        return dispute
    dispute = dispute._replace(fact_no=dispute.fact_no + 1)
    before = DisputeState(dispute.state)
    standing = Standing(before, dispute.told_at)
    decided = decide(standing, fact.event, occurred_at=fact.occurred_at)
    after = decided.state if isinstance(decided, Contradicted) else decided
    was_taken = any(one.taken_minor for one in facts)
    moves = legs(before, after, was_taken=was_taken)
    booked = await book_dispute_in(tx, run, replace(matter, dispute=dispute), legs=moves)
    is_old = _is_old(dispute, fact)
    changed = _changed(dispute, fact, booked, after=after, is_old=is_old)
    changed = await _tell(tx, run, changed, before=before, is_first=not facts, now=days.now)
    await disputing.step_dispute(tx, step_of(changed))
    applied = not isinstance(decided, Contradicted) and not is_old
    await disputing.add_fact(tx, _fact(changed, fact, booked, applied=applied, now=days.now))
    await disputing.add_draws(tx, booked.draws)
    if booked.given_minor:
        others = [one for one in matter.case.disputes if one.id != dispute.id]
        await shift_over_in(tx, others, room_minor=booked.room_minor, days=days)
    if stops_mit(DisputeReason(changed.reason)) and after in OPEN | {DisputeState.LOST}:
        await disputing.stop_machine(tx, bucket=changed.bucket, id=changed.attempt_id, now=days.now)
    await _tell_people(tx, changed, booked, decided, now=days.now)
    if changed.over_minor and after in LOST and before not in LOST:
        await _tell_over(tx, changed, booked, now=days.now)
    return await _offset(tx, changed, days=days) if moves else changed


async def _offset(tx: Tx, row: DisputeRow, *, days: BookDays) -> DisputeRow:
    """Let credit stand for what disputes of the invoice have; return this one as it is then."""
    changed = await offset_credit_in(tx, bucket=row.bucket, invoice_id=row.invoice_id, days=days)
    return next((one for one in changed if one.id == row.id), row)


def _is_old(dispute: DisputeRow, fact: Fact) -> bool:
    told, occurred = dispute.told_at, fact.occurred_at
    return told is not None and occurred is not None and occurred < told


def _changed(
    dispute: DisputeRow, fact: Fact, booked: Booked, *, after: DisputeState, is_old: bool
) -> DisputeRow:
    """Return a dispute with what a fact says of it; an older one only says what was not known."""
    reading, moved = fact.reading, after != dispute.state
    row = dispute._replace(
        held_minor=booked.held_minor,
        over_minor=booked.over_minor,
        offset_minor=booked.offset_minor,
        reopened_minor=booked.reopened_minor,
        state=after,
        state_before=dispute.state if moved else dispute.state_before,
        state_event=fact.event if moved else dispute.state_event,
        told_at=dispute.told_at if is_old else fact.occurred_at or dispute.told_at,
    )
    if reading is None:
        return row
    knows_reason = row.reason != DisputeReason.UNMAPPED
    keeps = (is_old and knows_reason) or reading.reason is DisputeReason.UNMAPPED
    return row._replace(
        psp_ref=row.psp_ref or reading.psp_ref,
        stage=row.stage if is_old or reading.psp_ref is None else reading.stage,
        reason=row.reason if keeps else reading.reason,
        reason_code=row.reason_code if keeps and row.reason_code else reading.reason_code,
        due_by=row.due_by or reading.due_by if is_old else reading.due_by or row.due_by,
    )


def _fact(
    row: DisputeRow, fact: Fact, booked: Booked, *, applied: bool, now: datetime
) -> DisputeFactRow:
    return DisputeFactRow(
        bucket=row.bucket,
        dispute_id=row.id,
        no=row.fact_no,
        fact_key=fact.key,
        event=fact.event,
        source=fact.source,
        applied=applied,
        amount_minor=row.amount_minor,
        taken_minor=booked.taken_minor,
        given_minor=booked.given_minor,
        occurred_at=fact.occurred_at,
        recorded_at=now,
        note=fact.note,
    )


async def _tell(
    tx: Tx, run: Run, row: DisputeRow, *, before: DisputeState, is_first: bool, now: datetime
) -> DisputeRow:
    """Tell the world that a dispute began, went on or was decided; counts what it told."""
    kinds = [EventKind.DISPUTE_OPENED] if is_first else []
    if row.state != before:
        closes = DisputeState(row.state) not in OPEN
        if closes:
            kinds.append(EventKind.DISPUTE_CLOSED)
        elif not is_first:
            kinds.append(EventKind.DISPUTE_UPDATED)
    body = {
        "payment": str(row.payment_id),
        "kind": row.kind,
        "reason": row.reason,
        "status": row.state,
        "amount": row.amount_minor,
        "currency": row.currency,
        "owed_again": row.reopened_minor,
    }
    events = [
        NewEvent(
            bucket=row.bucket,
            aggregate_id=row.id,
            seq=row.event_seq + number,
            kind=kind,
            customer_id=row.customer_id,
            occurred_at=now,
            body=body,
        )
        for number, kind in enumerate(kinds, start=1)
    ]
    await record_events_in(tx, run, events)
    return row._replace(event_seq=row.event_seq + len(events))


async def _tell_people(
    tx: Tx,
    row: DisputeRow,
    booked: Booked,
    decided: DisputeState | Contradicted,
    *,
    now: datetime,
) -> None:
    """Open what people must act on, and close what is over."""
    opened = list(_opened(row, booked, decided))
    if opened:
        rows = [
            ExceptionRow(
                bucket=row.bucket, subject_id=row.id, reason=reason, detail=detail, opened_at=now
            )
            for reason, detail in opened
        ]
        await exceptions.add_exceptions(tx, rows)
    ended = [ClosedRow(row.bucket, row.id, reason) for reason in _closed(row, booked)]
    if ended:
        await exceptions.close_exceptions(tx, ended, now=now)


async def _tell_over(tx: Tx, row: DisputeRow, booked: Booked, *, now: datetime) -> None:
    """Tell people that the payer now has more than was paid, whatever they were told before."""
    if not booked.has_paid:  # they were told of all of it when it was taken
        return
    detail = f"lost: the payer has received {row.over_minor} minor units more than was paid"
    told = ExceptionRow(
        bucket=row.bucket,
        subject_id=row.id,
        reason=Reason.OVER_RETURNED,
        detail=detail,
        opened_at=now,
    )
    await exceptions.tell_exceptions(tx, [told])


def _opened(
    row: DisputeRow, booked: Booked, decided: DisputeState | Contradicted
) -> Iterator[tuple[Reason, str]]:
    if row.state in ANSWERABLE:
        until = "no date is told" if row.due_by is None else f"due by {row.due_by:%Y-%m-%d %H:%M}"
        yield Reason.DISPUTE_OPEN, f"{row.kind}, {row.reason}, {until}"
    if booked.over_minor:
        yield (
            Reason.OVER_RETURNED,
            f"{row.over_minor} minor units had gone back before it was disputed"
            if booked.has_paid
            else f"{row.over_minor} minor units were taken back of a charge that never paid",
        )
    if booked.unclaimed_minor:
        yield (
            Reason.PAID_TWICE,
            f"{booked.unclaimed_minor} minor units came back, and the invoice was collected anew",
        )
    if isinstance(decided, Contradicted):
        yield (
            Reason.DISPUTE_CONTRADICTED,
            f"the provider says {decided.event}, and it is {decided.state}",
        )


def _closed(row: DisputeRow, booked: Booked) -> Iterator[Reason]:
    if row.state not in ANSWERABLE and row.state != DisputeState.EXPIRED:
        yield from _ANSWER
    if booked.given_minor and not booked.over_minor:
        yield Reason.OVER_RETURNED
