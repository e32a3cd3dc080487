"""Take back what is planned for a subscription, before it takes effect."""

from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.base.ids import SubscriptionId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.lock_subscription import lock_subscription_in
from ledgerline.flows.read_terms import read_terms
from ledgerline.flows.record_entry import (
    Amendment,
    History,
    read_history_in,
    record_entry_in,
)
from ledgerline.outbox.model import EventKind
from ledgerline.rules.undo import Undoing, undo
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import ChangeInProgress


@repeated
async def undo_scheduled(
    run: Run, subscription_id: SubscriptionId, *, seq: int | None, command: Command | None = None
) -> None:
    """Take back the intention ``seq``, or the newest; a repeat with ``command`` changes nothing.

    Everything is as if it had not been planned: prices are those that were held and nothing is
    charged. Raises ``NothingToUndo``, ``ChangeInProgress`` and what taking the lock raises.
    """
    now = run.now()
    async with run.transaction() as tx:
        if command is not None:
            bucket = bucket_of(subscription_id)
            held = await claim_key_in(
                tx, bucket=bucket, command=command, subject_id=subscription_id
            )
            if held is not None:
                return
        undoing, history = await _propose(tx, subscription_id, seq=seq, now=now)
        await record_entry_in(
            tx,
            run,
            undoing.subscription,
            Amendment(
                entry=undoing.entry,
                after=undoing.after,
                held=history.items,
                event=EventKind.SUBSCRIPTION_UNDONE,
            ),
            now=now,
        )


async def preview_undo(run: Run, subscription_id: SubscriptionId, *, seq: int | None) -> Undoing:
    """Compute what ``undo_scheduled`` would do and write nothing: the same rule and rows."""
    async with run.transaction() as tx:
        undoing, _ = await _propose(tx, subscription_id, seq=seq, now=run.now())
    return undoing


async def _propose(
    tx: Tx, subscription_id: SubscriptionId, *, seq: int | None, now: datetime
) -> tuple[Undoing, History]:
    row = await lock_subscription_in(tx, subscription_id)
    if await subscriptions.read_pending_changes(tx, buckets=[row.bucket], ids=[row.id]):
        raise ChangeInProgress("a change waits for its payment")
    history = await read_history_in(tx, row)
    book = await read_terms(
        tx,
        price_ids=[step.price_id for entry in history.log for step in entry.delta.steps],
        offer_codes=[offer.code for entry in history.log for offer in entry.delta.offers],
    )
    return undo(row, history.log, book, seq=seq, now=now), history
