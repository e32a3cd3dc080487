"""Let billing runs take up a subscription that one of them had set aside."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledgerline.base.db import Tx
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import SubscriptionId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.read_due import group_due, read_due_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.rows.pausing import ParkedKeyRow
from ledgerline.rules.renewal import End, Renewal
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import SubscriptionNotFound, SubscriptionNotParked, WouldPark
from ledgerline.subscriptions.rows import ParkRow, SubscriptionRow


@dataclass(frozen=True, slots=True)
class Parked:
    """A subscription that is set aside, and what a billing run would decide for it now."""

    subscription: SubscriptionRow
    reason: str
    decision: Renewal | End | Rejected


async def preview_release(run: Run, subscription_id: SubscriptionId) -> Parked:
    """Say what a billing run would do; writes nothing.

    Called by ``bill parked show`` and before ``bill parked release``. Raises
    ``SubscriptionNotFound`` and ``SubscriptionNotParked``.
    """
    async with run.transaction() as tx:
        return await _read(tx, run, subscription_id)


@repeated
async def release_parked(run: Run, subscription_id: SubscriptionId, *, reason: str) -> Parked:
    """Release a subscription that is parked for ``reason``: the next billing run bills it.

    Called by ``bill parked release`` with the reason that was shown. Raises
    ``SubscriptionNotFound``, ``SubscriptionNotParked`` also for another reason, and ``WouldPark``
    as long as the rule would refuse it again.
    """
    async with run.transaction() as tx:
        parked = await _read(tx, run, subscription_id)
        if isinstance(parked.decision, Rejected):
            raise WouldPark(
                "a billing run would set it aside again",
                reason=parked.decision.code, detail=str(parked.decision),
            )  # fmt: skip
        if not await release_in(tx, [parked.subscription], reason=reason):
            raise SubscriptionNotParked("it is set aside for another reason", reason=parked.reason)
    return parked


async def release_in(tx: Tx, rows: Sequence[SubscriptionRow], *, reason: str) -> int:
    """Release rows that are locked and parked for ``reason``; return how many were."""
    released = await subscriptions.release(
        tx, [ParkRow(row.bucket, row.id, reason) for row in rows]
    )
    if released:
        await invoicing.drop_parked(tx, [ParkedKeyRow(row.bucket, row.id) for row in rows])
    return released


async def _read(tx: Tx, run: Run, subscription_id: SubscriptionId) -> Parked:
    found = await subscriptions.lock_subscriptions(
        tx, buckets=[bucket_of(subscription_id)], ids=[subscription_id]
    )
    if not found:
        raise SubscriptionNotFound("there is no such subscription", id=str(subscription_id))
    [row] = found
    if row.parked is None:
        raise SubscriptionNotParked("no billing run set it aside", id=str(subscription_id))
    now = run.now()
    [group] = group_due(await read_due_in(tx, found, now=now), now=now)
    return Parked(row, row.parked, group.decision)
