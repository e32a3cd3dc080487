"""Statements of subscriptions."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import (
    Bucket,
    CustomerId,
    ItemId,
    PaymentMethodId,
    PriceId,
    SubscriptionId,
)
from ledgerline.base.statements import statements
from ledgerline.subscriptions.model import PurchaseInProgress

REFUSALS: Final[dict[str, type[Rejected]]] = {"subscription_one_live": PurchaseInProgress}
_SQL: Final = statements(__name__, refusals=REFUSALS)


class SubscriptionRow(NamedTuple):
    """One subscription as flows see it."""

    bucket: Bucket
    id: SubscriptionId
    customer_id: CustomerId
    seller_code: str
    market_code: str
    currency: str
    zone: str
    family: str
    state: str
    item_id: ItemId
    plan_code: str
    price_id: PriceId
    quantity: int
    grid_origin: date
    grid_day: int
    cadence_count: int
    cadence_unit: str
    billed_through: date
    next_bill_at: datetime | None
    ends_on: date | None
    pending_plan_code: str | None
    pending_price_id: PriceId | None
    coupon_code: str | None
    coupon_periods_left: int | None
    payment_method_id: PaymentMethodId | None
    log_seq: int
    event_seq: int
    version: int
    parked: str | None


class DueGroupRow(NamedTuple):
    """Subscriptions that will be billed alike: the columns of one of them, and how many."""

    bucket: Bucket
    id: SubscriptionId
    customer_id: CustomerId
    seller_code: str
    market_code: str
    currency: str
    zone: str
    family: str
    state: str
    item_id: ItemId
    plan_code: str
    price_id: PriceId
    quantity: int
    grid_origin: date
    grid_day: int
    cadence_count: int
    cadence_unit: str
    billed_through: date
    next_bill_at: datetime | None
    ends_on: date | None
    pending_plan_code: str | None
    pending_price_id: PriceId | None
    coupon_code: str | None
    coupon_periods_left: int | None
    payment_method_id: PaymentMethodId | None
    log_seq: int
    event_seq: int
    version: int
    parked: str | None
    subscriptions: int

    @property
    def sample(self) -> SubscriptionRow:
        """The one of them that stands for all."""
        return SubscriptionRow._make(self[: len(SubscriptionRow._fields)])


class NewSubscriptionRow(NamedTuple):
    """A subscription to insert, in column order."""

    bucket: Bucket
    id: SubscriptionId
    customer_id: CustomerId
    seller_code: str
    market_code: str
    currency: str
    zone: str
    family: str
    state: str
    state_before: str
    state_event: str
    item_id: ItemId
    plan_code: str
    price_id: PriceId
    quantity: int
    grid_origin: date
    grid_day: int
    cadence_count: int
    cadence_unit: str
    billed_through: date
    next_bill_at: datetime | None
    ends_on: date | None
    coupon_code: str | None
    coupon_periods_left: int | None
    payment_method_id: PaymentMethodId | None
    log_seq: int
    event_seq: int
    version: int
    created_at: datetime
    ended_at: datetime | None


class AdvanceRow(NamedTuple):
    """The next period of a subscription."""

    bucket: Bucket
    id: SubscriptionId
    version: int
    billed_through: date
    next_bill_at: datetime
    coupon_periods_left: int | None


class TermsRow(NamedTuple):
    """New terms of a subscription; the sequences are the new ones."""

    bucket: Bucket
    id: SubscriptionId
    version: int
    item_id: ItemId
    plan_code: str
    price_id: PriceId
    grid_origin: date
    grid_day: int
    cadence_count: int
    cadence_unit: str
    billed_through: date
    next_bill_at: datetime
    coupon_periods_left: int | None
    log_seq: int
    event_seq: int


class StepRow(NamedTuple):
    """One move along the state table."""

    bucket: Bucket
    id: SubscriptionId
    state_before: str
    state_event: str
    state: str
    next_bill_at: datetime | None
    ended_at: datetime | None


class ScheduleRow(NamedTuple):
    """What happens at the end of the period: an end, or other terms."""

    bucket: Bucket
    id: SubscriptionId
    version: int
    ends_on: date | None
    pending_plan_code: str | None
    pending_price_id: UUID | None


class ParkRow(NamedTuple):
    """A subscription to set aside."""

    bucket: Bucket
    id: SubscriptionId
    reason: str


class LogRow(NamedTuple):
    """One entry of a subscription's log; ``body`` is JSON text."""

    bucket: Bucket
    subscription_id: SubscriptionId
    seq: int
    kind: str
    effective: date
    entitled_at: datetime
    recorded_at: datetime
    actor: str
    command_key: str
    body: str


class EndedRow(NamedTuple):
    """A subscription that has ended."""

    id: SubscriptionId


class DueRow(NamedTuple):
    """The earliest due instant; None when nothing is due ever."""

    due_at: datetime | None


async def add_subscriptions(tx: Tx, rows: Sequence[NewSubscriptionRow]) -> int:
    """Insert subscriptions; a second live one in a family raises ``PurchaseInProgress``."""
    return await tx.copy(_SQL["add_subscriptions"], rows)


async def claim_due(
    tx: Tx, *, bucket_from: int, bucket_to: int, now: datetime, per_bucket: int, limit: int
) -> list[SubscriptionRow]:
    """Claim due subscriptions of ``[bucket_from, bucket_to)``, skipping those others hold."""
    return await tx.rows(
        _SQL["claim_due"], SubscriptionRow, bucket_from=bucket_from, bucket_to=bucket_to, now=now,
        per_bucket=per_bucket, limit=limit,
    )  # fmt: skip


async def group_due(tx: Tx, *, until: datetime, market_code: str | None) -> list[DueGroupRow]:
    """Group what falls due until an instant by everything a bill depends on."""
    return await tx.rows(_SQL["group_due"], DueGroupRow, until=until, market_code=market_code)


async def lock_subscriptions(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[SubscriptionId]
) -> list[SubscriptionRow]:
    """Read and lock some subscriptions in the global order."""
    return await tx.rows(
        _SQL["lock_subscriptions"], SubscriptionRow, buckets=list(buckets), ids=list(ids)
    )


async def read_ended(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[SubscriptionId]
) -> list[EndedRow]:
    """Find which of some subscriptions have ended."""
    return await tx.rows(_SQL["read_ended"], EndedRow, buckets=list(buckets), ids=list(ids))


async def read_live(tx: Tx, *, bucket: Bucket, customer_id: CustomerId) -> list[SubscriptionRow]:
    """Read the live subscriptions of a customer; there is at most one a family."""
    return await tx.rows(_SQL["read_live"], SubscriptionRow, bucket=bucket, customer_id=customer_id)


async def advance(tx: Tx, rows: Sequence[AdvanceRow]) -> int:
    """Begin the next period of a batch; the rows are locked, so a moved version is a defect."""
    return await tx.write(_SQL["advance"], rows)


async def set_terms(tx: Tx, rows: Sequence[TermsRow]) -> int:
    """Put new terms in force."""
    return await tx.write(_SQL["set_terms"], rows)


async def step(tx: Tx, rows: Sequence[StepRow]) -> int:
    """Move subscriptions along their state table; the database refuses every other move."""
    return await tx.write(_SQL["step"], rows)


async def schedule(tx: Tx, row: ScheduleRow) -> int:
    """Record what happens at the end of the period."""
    return await tx.execute(_SQL["schedule"], expect=1, **row._asdict())


async def park(tx: Tx, rows: Sequence[ParkRow]) -> int:
    """Set subscriptions aside."""
    return await tx.write(_SQL["park"], rows)


async def append_log(tx: Tx, rows: Sequence[LogRow]) -> int:
    """Append log entries; a repeated command or sequence number is refused by a key."""
    return await tx.copy(_SQL["append_log"], rows)


async def read_log(tx: Tx, *, bucket: Bucket, subscription_id: SubscriptionId) -> list[LogRow]:
    """Read the log of a subscription in its total order (effective, seq)."""
    return await tx.rows(_SQL["read_log"], LogRow, bucket=bucket, subscription_id=subscription_id)


async def read_command(
    tx: Tx, *, bucket: Bucket, subscription_id: SubscriptionId, command_key: str
) -> list[LogRow]:
    """Read what a command recorded, if it ran before."""
    return await tx.rows(
        _SQL["read_command"], LogRow, bucket=bucket, subscription_id=subscription_id,
        command_key=command_key,
    )  # fmt: skip


async def next_due(tx: Tx) -> list[DueRow]:
    """Find the earliest instant at which a subscription is due."""
    return await tx.rows(_SQL["next_due"], DueRow)
