"""Let a subscription rest: nothing is billed and served until it is resumed, or ends."""

from datetime import datetime

from ledgerline.base.calendar import local_date
from ledgerline.base.db import Tx
from ledgerline.base.run import Run
from ledgerline.flows.end_covers import end_covers_in
from ledgerline.flows.record_entry import Amendment, read_history_in, record_entry_in
from ledgerline.flows.step_subscriptions import Move, step_subscriptions_in
from ledgerline.outbox.model import EventKind
from ledgerline.rules.resting import rest
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import SubscriptionEvent
from ledgerline.subscriptions.rows import SubscriptionRow


async def rest_subscription_in(
    tx: Tx, run: Run, row: SubscriptionRow, *, actor: str, now: datetime
) -> None:
    """Pause a subscription now and plan its end, should nobody resume it; its lock is held.

    Called by its customer's pause and where collection ends. Service ends, changes that were
    planned are dropped; what is given back of the period is for the caller to say.
    """
    move = Move(row, SubscriptionEvent.PAUSED, next_bill_at=None)
    await step_subscriptions_in(tx, run, [move], cause=actor, now=now)
    await end_covers_in(tx, [row], now=now)
    [paused] = await subscriptions.read_subscriptions(tx, buckets=[row.bucket], ids=[row.id])
    history = await read_history_in(tx, paused)
    entry, after = rest(paused, history.log, on=local_date(now, row.zone))
    amendment = Amendment(
        entry=entry,
        after=after,
        held=history.items,
        event=EventKind.SUBSCRIPTION_CANCEL_SCHEDULED,
        actor=actor,
    )
    await record_entry_in(tx, run, paused, amendment, now=now)
