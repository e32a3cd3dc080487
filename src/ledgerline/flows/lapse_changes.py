"""Withdraw changes that have waited for their payment long enough."""

from typing import Final

from ledgerline.base.run import Run
from ledgerline.flows.bill_due import Buckets
from ledgerline.flows.withdraw_change import withdraw_changes_in
from ledgerline.subscriptions import store as subscriptions

LAPSE_BATCH_MAX: Final = 200


async def lapse_changes(run: Run, *, buckets: Buckets, limit: int = LAPSE_BATCH_MAX) -> int:
    """Withdraw one batch of changes whose time is over; return how many were due.

    Called by its job and the virtual clock. Safe to repeat: under the locks they are read again.
    """
    now = run.now()
    async with run.transaction() as tx:
        due = await subscriptions.read_lapsed_changes(
            tx, bucket_from=buckets[0], bucket_to=buckets[1], now=now, limit=limit
        )
        if not due:
            return 0
        held = await subscriptions.lock_subscriptions(
            tx,
            buckets=[one.bucket for one in due],
            ids=[one.subscription_id for one in due],
        )
        waiting = await subscriptions.read_pending_changes(
            tx, buckets=[row.bucket for row in held], ids=[row.id for row in held]
        )
        row_of = {row.id: row for row in held}
        lapsed = [(row_of[one.subscription_id], one) for one in waiting if one.lapses_at <= now]
        await withdraw_changes_in(tx, run, lapsed, cause="lapsed", now=now)
    return len(due)
