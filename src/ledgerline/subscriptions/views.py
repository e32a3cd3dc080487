"""What entry points show of subscriptions."""

from typing import Final
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import (
    Bucket,
)
from ledgerline.base.statements import statements
from ledgerline.subscriptions.rows import (
    AgreementView,
    OwnerView,
    SubscriptionsAsked,
    SubscriptionView,
)

_SQL: Final = statements(__name__)


async def subscription(read: ReadTx, *, bucket: Bucket, id: UUID) -> SubscriptionView | None:
    """Read one subscription."""
    return await read.row(_SQL["subscription"], SubscriptionView, bucket=bucket, id=id)


async def subscriptions(read: ReadTx, asked: SubscriptionsAsked) -> list[SubscriptionView]:
    """Read a page of subscriptions, newest first."""
    return await read.rows(_SQL["subscriptions"], SubscriptionView, **asked._asdict())


async def agreements(read: ReadTx, *, bucket: Bucket, subscription_id: UUID) -> list[AgreementView]:
    """Read the texts that the payer of a subscription accepted, oldest first."""
    return await read.rows(
        _SQL["agreements"], AgreementView, bucket=bucket, subscription_id=subscription_id
    )


async def owner(read: ReadTx, *, bucket: Bucket, id: UUID) -> OwnerView | None:
    """Read whose a subscription is."""
    return await read.row(_SQL["owner"], OwnerView, bucket=bucket, id=id)
