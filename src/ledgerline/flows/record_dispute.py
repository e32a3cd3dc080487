"""Record what a provider told of a dispute: open it, move it on, or keep what contradicts it."""

from dataclasses import dataclass
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import AttemptId, DisputeId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.advance_dispute import Fact, advance_dispute_in
from ledgerline.flows.lock_dispute import Disputed, Matter, lock_dispute_in
from ledgerline.flows.read_book_days import BookDays, read_book_days
from ledgerline.payments import disputing
from ledgerline.payments.disputes import DisputeReading, DisputeSource, DisputeState
from ledgerline.payments.rows.disputes import DisputeRow, ToldOfRow
from ledgerline.payments.rules.disputing import Candidate, which
from ledgerline.payments.rules.lifecycle import DISPUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeTold:
    """What was told at an account; ``reference`` is our name of the charge, where it was said.

    ``key`` is the event or the line that told it. A line tells only what nobody has heard of:
    ``moves`` is how many facts had moved money of the charge when that was found out.
    """

    psp_account: str
    key: str
    source: DisputeSource
    reading: DisputeReading
    reference: str | None = None
    moves: int | None = None


@repeated
async def record_dispute(run: Run, told: DisputeTold) -> DisputeId | None:
    """Apply what was told in one transaction; None where it is of no ended charge of the account.

    Called by webhooks and settlement files; safe to repeat, for every fact is kept once and money
    moves once, whichever of the two comes first. A dispute in another currency than its charge is
    not understood, and None as well. So is a line where something moved since it was looked at:
    that may have been the very same, and the line is matched anew.
    """
    async with run.transaction() as tx:
        found = await find_disputed_in(tx, told)
        if found is None:
            return None
        days = await read_book_days(tx, now=run.now())
        case = await lock_dispute_in(tx, found)
        if case.attempt.evidence_no is None:  # first the charge itself must have its end
            return None
        amount = told.reading.amount
        if amount is not None and amount.currency != case.attempt.currency:
            return None
        if told.moves is not None and told.moves != await _count_moves(tx, case):
            return None
        minor = case.attempt.amount_minor if amount is None else amount.minor
        dispute = await _dispute_in(tx, run, case, told, amount_minor=minor, days=days)
        fact = Fact(
            key=told.key,
            event=told.reading.event,
            source=told.source,
            occurred_at=told.reading.occurred_at,
            reading=told.reading,
        )
        await advance_dispute_in(tx, run, Matter(case, dispute, days), fact)
    return dispute.id


async def _count_moves(tx: Tx, case: Disputed) -> int:
    """Count the facts that moved money of a charge, under its locks."""
    if not case.disputes:
        return 0
    facts = await disputing.read_facts(
        tx, bucket=case.payment.bucket, ids=[one.id for one in case.disputes]
    )
    return sum(bool(one.taken_minor or one.given_minor) for one in facts)


async def find_disputed_in(tx: Tx, told: DisputeTold) -> ToldOfRow | None:
    """Find the charge a dispute is about: by our reference, else by the provider's one name."""
    reading = told.reading
    if told.reference is not None:
        try:
            id = UUID(told.reference)
            bucket = bucket_of(id)
        except (ValueError, Rejected):
            return None
        return await disputing.find_charge(
            tx, psp_account=told.psp_account, bucket=bucket, id=AttemptId(id)
        )
    if reading.charge_ref is None:
        return None
    rows = await disputing.find_charged(
        tx, psp_account=told.psp_account, psp_ref=reading.charge_ref
    )
    return rows[0] if len(rows) == 1 else None


async def _dispute_in(
    tx: Tx, run: Run, case: Disputed, told: DisputeTold, *, amount_minor: int, days: BookDays
) -> DisputeRow:
    """Find the dispute a fact is about, or keep a new one that nothing has happened to yet."""
    reading = told.reading
    known = case.disputes
    candidates = [
        Candidate(one.psp_ref, one.amount_minor, DisputeState(one.state)) for one in known
    ]
    place = which(
        candidates, psp_ref=reading.psp_ref, event=reading.event, amount_minor=amount_minor
    )
    if place is not None:
        return known[place]
    payment = case.payment
    row = DisputeRow(
        bucket=payment.bucket,
        id=DisputeId(run.new_id(payment.bucket)),
        payment_id=payment.id,
        attempt_id=case.attempt.id,
        invoice_id=payment.invoice_id,
        customer_id=payment.customer_id,
        seller_code=payment.seller_code,
        psp_account=told.psp_account,
        psp_ref=reading.psp_ref,
        kind=reading.kind,
        stage=reading.stage,
        reason=reading.reason,
        reason_code=reading.reason_code,
        currency=payment.currency,
        amount_minor=amount_minor,
        held_minor=0,
        over_minor=0,
        offset_minor=0,
        reopened_minor=0,
        state=DISPUTE.initial,
        state_before="-",
        state_event="created",
        due_by=reading.due_by,
        told_at=None,
        opened_at=days.now,
        fact_no=0,
        event_seq=0,
    )
    await disputing.add_dispute(tx, row)
    return row
