"""What entry points show of subscriptions."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import Bucket
from ledgerline.base.statements import statements
from ledgerline.subscriptions.rows import (
    AgreementView,
    ItemView,
    LogRow,
    OfferRow,
    OwnerView,
    PendingChangeRow,
    SubscriptionsAsked,
    SubscriptionView,
)

_SQL: Final = statements(__name__)


async def subscription(
    read: ReadTx, *, bucket: Bucket, id: UUID, now: datetime
) -> SubscriptionView | None:
    """Read one subscription with the base plan that is in force at ``now``."""
    return await read.row(_SQL["subscription"], SubscriptionView, bucket=bucket, id=id, now=now)


async def subscriptions(read: ReadTx, asked: SubscriptionsAsked) -> list[SubscriptionView]:
    """Read a page of subscriptions, newest first."""
    return await read.rows(_SQL["subscriptions"], SubscriptionView, **asked._asdict())


async def items(read: ReadTx, *, bucket: Bucket, id: UUID, today: date) -> list[ItemView]:
    """Read what a subscription has on a day, or will have."""
    return await read.rows(_SQL["items"], ItemView, bucket=bucket, id=id, today=today)


async def offers(read: ReadTx, *, bucket: Bucket, id: UUID, today: date) -> list[OfferRow]:
    """Read what reduces a subscription on a day, or will."""
    return await read.rows(_SQL["offers"], OfferRow, bucket=bucket, id=id, today=today)


async def log(read: ReadTx, *, bucket: Bucket, id: UUID) -> list[LogRow]:
    """Read the log of a subscription in the order in which it was written."""
    return await read.rows(_SQL["log"], LogRow, bucket=bucket, id=id)


async def logs(read: ReadTx, *, bucket: Bucket, ids: Sequence[UUID]) -> list[LogRow]:
    """Read the logs of some subscriptions of a customer, each in its order."""
    return await read.rows(_SQL["logs"], LogRow, bucket=bucket, ids=ids)


async def pending_change(read: ReadTx, *, bucket: Bucket, id: UUID) -> PendingChangeRow | None:
    """Read the change that waits for its payment, if there is one."""
    return await read.row(_SQL["pending_change"], PendingChangeRow, bucket=bucket, id=id)


async def agreements(read: ReadTx, *, bucket: Bucket, subscription_id: UUID) -> list[AgreementView]:
    """Read the texts that the payer of a subscription accepted, oldest first."""
    return await read.rows(
        _SQL["agreements"], AgreementView, bucket=bucket, subscription_id=subscription_id
    )


async def owner(read: ReadTx, *, bucket: Bucket, id: UUID) -> OwnerView | None:
    """Read whose a subscription is."""
    return await read.row(_SQL["owner"], OwnerView, bucket=bucket, id=id)
