"""Tell people of disputes whose answer is nearly due, and note whose time is over."""

from datetime import datetime
from typing import Final

from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.base.tasks import in_turn
from ledgerline.flows.advance_dispute import Fact, advance_dispute_in
from ledgerline.flows.lock_known_dispute import lock_known_dispute_in
from ledgerline.flows.read_book_days import read_book_days
from ledgerline.payments import disputing, exceptions
from ledgerline.payments.disputes import DisputeEvent, DisputeSource, DisputeState
from ledgerline.payments.rows.disputes import DueDisputeRow
from ledgerline.payments.rows.exceptions import ExceptionRow
from ledgerline.payments.rules.disputing import EVIDENCE_MARGIN, answer_by
from ledgerline.payments.rules.exceptions import Reason

WATCH_BATCH_MAX: Final = 200


async def watch_disputes(run: Run, *, limit: int = WATCH_BATCH_MAX) -> int:
    """Look at disputes that wait for an answer; return how much changed.

    From a day before the provider's deadline on an exception is open; only once that has passed is
    a dispute expired. What it took is still held then, until the provider decides or somebody
    accepts. Safe to repeat. What fails is raised when the others are done.
    """
    now = run.now()
    async with run.transaction() as tx:
        rows = await disputing.read_due(tx, now=now, until=now + EVIDENCE_MARGIN, limit=limit)
        opened = await exceptions.add_exceptions(tx, [_due(row, now=now) for row in rows])
    over = [row for row in rows if _until(row) <= now and row.state == DisputeState.NEEDS_RESPONSE]
    await in_turn(_expire(run, row) for row in over)
    return len(opened) + len(over)


def _until(row: DueDisputeRow) -> datetime:
    assert row.due_by is not None, row
    return row.due_by


def _due(row: DueDisputeRow, *, now: datetime) -> ExceptionRow:
    due_by = _until(row)
    return ExceptionRow(
        bucket=row.bucket,
        subject_id=row.id,
        reason=Reason.DISPUTE_DUE,
        detail=f"answer by {answer_by(due_by):%Y-%m-%d %H:%M}, due {due_by:%Y-%m-%d %H:%M}",
        opened_at=now,
    )


@repeated
async def _expire(run: Run, row: DueDisputeRow) -> None:
    now = run.now()
    async with run.transaction() as tx:
        days = await read_book_days(tx, now=now)
        matter = await lock_known_dispute_in(tx, row.id, days=days)
        held = matter.dispute
        if held.state != DisputeState.NEEDS_RESPONSE or held.due_by is None or held.due_by > now:
            return
        fact = Fact(
            key=f"expired {held.due_by.isoformat()}",
            event=DisputeEvent.EXPIRED,
            source=DisputeSource.CLOCK,
            occurred_at=None,
        )
        await advance_dispute_in(tx, run, matter, fact)
