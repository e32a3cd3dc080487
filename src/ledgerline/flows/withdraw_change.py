"""Give up a change that waits for its payment: it will not happen, whatever comes of that."""

from collections.abc import Sequence
from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.base.ids import PREFIXES, encode
from ledgerline.base.run import Run
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.outbox.model import EventKind
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.rows import CountedRow, PendingChangeRow, SubscriptionRow


async def withdraw_change_in(
    tx: Tx, run: Run, subscription: SubscriptionRow, *, cause: str, now: datetime
) -> SubscriptionRow:
    """Withdraw the change of a subscription that waits, if there is one; return the row after it.

    Called by a cancellation and for a payment that came too late.
    """
    found = await subscriptions.read_pending_changes(
        tx, buckets=[subscription.bucket], ids=[subscription.id]
    )
    waiting = [(subscription, one) for one in found]
    for after in await withdraw_changes_in(tx, run, waiting, cause=cause, now=now):
        return after
    return subscription


async def withdraw_changes_in(
    tx: Tx,
    run: Run,
    withdrawn: Sequence[tuple[SubscriptionRow, PendingChangeRow]],
    *,
    cause: str,
    now: datetime,
) -> list[SubscriptionRow]:
    """Give up changes of subscriptions whose locks are held; return their rows after it.

    What a change would give back is free again. Its invoice stays open while its attempt may still
    succeed: declined, it becomes void; paid, everything goes back (``give_back_late_in``).
    """
    await subscriptions.drop_pending_changes(
        tx,
        buckets=[one.bucket for _, one in withdrawn],
        invoice_ids=[one.invoice_id for _, one in withdrawn],
    )
    await subscriptions.count_events(
        tx, [CountedRow(row.bucket, row.id, row.version) for row, _ in withdrawn]
    )
    await record_events_in(
        tx,
        run,
        [
            NewEvent(
                bucket=row.bucket,
                aggregate_id=row.id,
                seq=row.event_seq + 1,
                kind=EventKind.SUBSCRIPTION_CHANGE_WITHDRAWN,
                customer_id=row.customer_id,
                occurred_at=now,
                body={"cause": cause, "invoice": encode(PREFIXES["invoice"], one.invoice_id)},
            )
            for row, one in withdrawn
        ],
    )
    return [
        row._replace(event_seq=row.event_seq + 1, version=row.version + 1) for row, _ in withdrawn
    ]
