"""What entry points show of subscriptions."""

from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import (
    Bucket,
    CustomerId,
    ItemId,
    PaymentMethodId,
    PriceId,
    SubscriptionId,
)
from ledgerline.base.statements import statements

_SQL: Final = statements(__name__)


class SubscriptionsAsked(NamedTuple):
    """Which subscriptions: those that follow ``(before, before_id)``; each filter may be None."""

    before: datetime
    before_id: UUID
    bucket: Bucket | None
    customer_id: UUID | None
    states: list[str] | None
    limit: int


class SubscriptionView(NamedTuple):
    """A subscription with its price; its last billed period is [period_start, billed_through)."""

    bucket: Bucket
    id: SubscriptionId
    customer_id: CustomerId
    market_code: str
    currency: str
    zone: str
    family: str
    state: str
    item_id: ItemId
    plan_code: str
    plan_name: str
    price_id: PriceId
    unit_minor: int
    tax_behavior: str
    quantity: int
    cadence_count: int
    cadence_unit: str
    period_start: date | None
    billed_through: date
    next_bill_at: datetime | None
    ends_on: date | None
    pending_plan_code: str | None
    coupon_code: str | None
    payment_method_id: PaymentMethodId | None
    parked: str | None
    created_at: datetime
    ended_at: datetime | None


async def subscription(read: ReadTx, *, bucket: Bucket, id: UUID) -> SubscriptionView | None:
    """Read one subscription."""
    return await read.row(_SQL["subscription"], SubscriptionView, bucket=bucket, id=id)


async def subscriptions(read: ReadTx, asked: SubscriptionsAsked) -> list[SubscriptionView]:
    """Read a page of subscriptions, newest first."""
    return await read.rows(_SQL["subscriptions"], SubscriptionView, **asked._asdict())
