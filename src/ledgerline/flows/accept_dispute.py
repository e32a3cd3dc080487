"""Accept a dispute: it is not contested, and what it took is lost."""

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
from ledgerline.payments import defending
from ledgerline.payments.disputes import DisputeEvent, DisputeSource, DisputeState
from ledgerline.payments.refusals import DisputeNotAnswerable
from ledgerline.payments.rows.disputes import DisputeRow
from ledgerline.payments.rules.defending import LIVE


class Acceptance(NamedTuple):
    """Which dispute is accepted, by whom, and why, in their words."""

    dispute_id: DisputeId
    by: str
    note: str


@repeated
async def accept_dispute(run: Run, order: Acceptance) -> DisputeRow:
    """Note that a dispute is not contested, and book its loss; whoever accepts tells the provider.

    An accepted one stays as it is: a repeat changes nothing. Raises ``DisputeNotFound``,
    ``DisputeNotAnswerable`` for one that is decided, was answered, or has taken nothing yet, and
    ``CardNumberRefused``.
    """
    async with run.transaction() as tx:
        return await _accept(tx, run, order)


async def preview_acceptance(run: Run, order: Acceptance) -> DisputeRow:
    """Return what the dispute would be then, or raise what accepting it would raise."""
    return await take_back(run, lambda tx: _accept(tx, run, order))


async def _accept(tx: Tx, run: Run, order: Acceptance) -> DisputeRow:
    cards.refuse_cards([order.note, order.by])
    now = run.now()
    days = await read_book_days(tx, now=now)
    matter = await lock_known_dispute_in(tx, order.dispute_id, days=days)
    state = DisputeState(matter.dispute.state)
    if state is DisputeState.ACCEPTED:
        return matter.dispute
    if state is DisputeState.WARNING:  # nothing was taken, so there is nothing to lose
        raise DisputeNotAnswerable(
            "it is an inquiry, which has taken no money: refund the payment instead", state=state
        )
    if state not in {DisputeState.NEEDS_RESPONSE, DisputeState.EXPIRED}:
        raise DisputeNotAnswerable(f"it is {state}", state=state)
    for held in await defending.read_evidence(
        tx, bucket=matter.dispute.bucket, dispute_id=matter.dispute.id
    ):
        if held.state in LIVE:
            raise DisputeNotAnswerable("evidence is on its way", state=held.state)
    fact = Fact(
        key=f"accepted {matter.dispute.fact_no + 1}",
        event=DisputeEvent.ACCEPTED,
        source=DisputeSource.OPERATOR,
        occurred_at=now,
        note=f"{order.by}: {order.note}",
    )
    return await advance_dispute_in(tx, run, matter, fact)
