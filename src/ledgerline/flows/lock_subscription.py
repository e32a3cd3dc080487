"""Lock a subscription that may be changed."""

from collections.abc import Container
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import SubscriptionId, bucket_of
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import (
    ChangeRefused,
    SubscriptionNotFound,
    SubscriptionParked,
    SubscriptionState,
)
from ledgerline.subscriptions.rows import SubscriptionRow

RUNNING: Final = frozenset(
    {SubscriptionState.TRIALING, SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE}
)


EXISTING: Final = RUNNING | {SubscriptionState.PAUSED}


async def lock_subscription_in(
    tx: Tx, subscription_id: SubscriptionId, *, states: Container[str] = RUNNING
) -> SubscriptionRow:
    """Lock a subscription that may be changed or canceled; raises what forbids it.

    Called by every flow that changes one: ``SubscriptionNotFound``, ``ChangeRefused`` when it is in
    none of ``states``, and ``SubscriptionParked``.
    """
    found = await subscriptions.lock_subscriptions(
        tx, buckets=[bucket_of(subscription_id)], ids=[subscription_id]
    )
    if not found:
        raise SubscriptionNotFound("there is no such subscription", id=str(subscription_id))
    [row] = found
    if row.state not in states:
        raise ChangeRefused("the subscription is not running", state=row.state)
    if row.parked is not None:
        raise SubscriptionParked("a billing run set it aside", reason=row.parked)
    return row
