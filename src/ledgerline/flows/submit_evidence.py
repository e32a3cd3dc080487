"""Note that evidence was sent to the provider of a dispute."""

from typing import NamedTuple

from ledgerline.base import cards
from ledgerline.base.db import Tx
from ledgerline.base.ids import DisputeId
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.advance_dispute import Fact, advance_dispute_in
from ledgerline.flows.lock_known_dispute import lock_known_dispute_in
from ledgerline.flows.read_book_days import read_book_days
from ledgerline.flows.take_back import take_back
from ledgerline.payments.disputes import DisputeEvent, DisputeSource, DisputeStage, DisputeState
from ledgerline.payments.refusals import DisputeNotAnswerable
from ledgerline.payments.rows.disputes import DisputeRow

_ANSWERED: dict[DisputeState, DisputeEvent] = {
    DisputeState.WARNING: DisputeEvent.WARNED,  # an inquiry is answered, and goes on
    DisputeState.NEEDS_RESPONSE: DisputeEvent.SUBMITTED,
    DisputeState.EXPIRED: DisputeEvent.SUBMITTED,
}


class Submission(NamedTuple):
    """Which dispute was answered, by whom, and what was sent where, in their words."""

    dispute_id: DisputeId
    by: str
    note: str


@repeated
async def submit_evidence(run: Run, order: Submission) -> DisputeRow:
    """Note that a dispute was answered at its provider by hand; nothing is sent.

    The answer to a question before any money was taken is noted, and the dispute goes on as it
    stood. Raises ``DisputeNotFound``, ``DisputeNotAnswerable`` and ``CardNumberRefused``.
    """
    async with run.transaction() as tx:
        return await _submit(tx, run, order)


async def preview_submission(run: Run, order: Submission) -> DisputeRow:
    """Return what the dispute would be then, or raise what submitting would raise."""
    return await take_back(run, lambda tx: _submit(tx, run, order))


async def _submit(tx: Tx, run: Run, order: Submission) -> DisputeRow:
    cards.refuse_cards([order.note, order.by])
    now = run.now()
    days = await read_book_days(tx, now=now)
    matter = await lock_known_dispute_in(tx, order.dispute_id, days=days)
    state = DisputeState(matter.dispute.state)
    event = answered(matter.dispute)
    if event is None:
        raise DisputeNotAnswerable(f"it is {state}", state=state)
    fact = Fact(
        key=f"submitted {matter.dispute.fact_no + 1}",
        event=event,
        source=DisputeSource.OPERATOR,
        occurred_at=now,
        note=f"{order.by}: {order.note}",
    )
    return await advance_dispute_in(tx, run, matter, fact)


def answered(dispute: DisputeRow) -> DisputeEvent | None:
    """Return what it means that a dispute was answered; None where none waits for it any more."""
    event = _ANSWERED.get(DisputeState(dispute.state))
    is_inquiry = dispute.stage == DisputeStage.INQUIRY
    return DisputeEvent.WARNED if event is not None and is_inquiry else event
