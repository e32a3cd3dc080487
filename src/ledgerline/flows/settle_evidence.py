"""Settle evidence that was sent: what its provider said, and what that means for the dispute."""

from ledgerline.base.ids import DisputeEvidenceId, DisputeId
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.advance_dispute import Fact, advance_dispute_in
from ledgerline.flows.lock_dispute import Matter
from ledgerline.flows.lock_known_dispute import lock_known_dispute_in
from ledgerline.flows.read_book_days import read_book_days
from ledgerline.flows.submit_evidence import answered
from ledgerline.payments import defending
from ledgerline.payments.disputes import (
    DisputeSource,
    DisputeState,
    EvidenceEvent,
    EvidenceState,
)
from ledgerline.payments.model import Reading
from ledgerline.payments.rows.defences import DefenceRow, DefenceStepRow
from ledgerline.payments.rules.defending import LIVE, event_of
from ledgerline.payments.rules.ladder import next_look
from ledgerline.payments.rules.lifecycle import EVIDENCE


@repeated
async def settle_evidence(
    run: Run, dispute_id: DisputeId, evidence_id: DisputeEvidenceId, reading: Reading
) -> EvidenceState:
    """Apply a reading to evidence, in one transaction with its dispute; an ended one stays.

    Called by the synchronous answer and the resolver. A dispute is answered once its provider has
    the evidence, and not before. Raises ``DisputeNotFound``.
    """
    now = run.now()
    async with run.transaction() as tx:
        days = await read_book_days(tx, now=now)
        matter = await lock_known_dispute_in(tx, dispute_id, days=days)
        rows = await defending.read_evidence(
            tx, bucket=matter.dispute.bucket, dispute_id=dispute_id
        )
        [held] = [row for row in rows if row.id == evidence_id]
        state = EvidenceState(held.state)
        if state not in LIVE:
            return state
        event = event_of(
            reading,
            state=DisputeState(matter.dispute.state),
            looks=held.looks,
            age=now - held.sent_at,
        )
        after = EVIDENCE.after(state, event)
        is_live = after in LIVE
        step = DefenceStepRow(
            bucket=held.bucket,
            id=held.id,
            state_before=state,
            state_event=event,
            state=after,
            psp_code=reading.code,
            resolve_at=next_look(held.looks, now, retry_after_seconds=reading.retry_after_seconds)
            if is_live
            else None,
            ended_at=None if is_live else now,
        )
        await defending.step_evidence(tx, step)
        fact = _fact(matter, held) if event is EvidenceEvent.CONFIRMED else None
        if fact is not None:
            await advance_dispute_in(tx, run, matter, fact)
    return after


def _fact(matter: Matter, held: DefenceRow) -> Fact | None:
    """Return the fact that the dispute was answered, where it still waited for that."""
    event = answered(matter.dispute)
    if event is None:
        return None
    return Fact(
        key=f"evidence {held.id}",
        event=event,
        source=DisputeSource.RESPONSE,
        occurred_at=matter.days.now,
        note=f"{held.sent_by}: evidence {held.id}",
    )
