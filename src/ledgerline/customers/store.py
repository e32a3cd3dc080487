"""Statements of customers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, CustomerId, SubscriptionId
from ledgerline.base.statements import statements
from ledgerline.customers.model import TrialAlreadyUsed

REFUSALS: Final = {"trial_redemption_pk": TrialAlreadyUsed}
_SQL: Final = statements(__name__, refusals=REFUSALS)


class CustomerRow(NamedTuple):
    """One customer; the sealed fields open with the customer's data key."""

    bucket: Bucket
    id: CustomerId
    market_code: str
    zone: str
    locale: str
    name_sealed: bytes | None
    email_sealed: bytes | None
    version: int
    created_at: datetime


class NewCustomerRow(NamedTuple):
    """A customer to insert."""

    bucket: Bucket
    id: CustomerId
    market_code: str
    zone: str
    locale: str
    name_sealed: bytes | None
    email_sealed: bytes | None
    created_at: datetime


class CustomerKeyRow(NamedTuple):
    """The wrapped data key of a customer."""

    bucket: Bucket
    customer_id: CustomerId
    wrapped: bytes


class TrialRow(NamedTuple):
    """A product family in which a customer has had a trial."""

    family: str


class RedemptionRow(NamedTuple):
    """The trial of a product family that a subscription uses up."""

    bucket: Bucket
    customer_id: CustomerId
    family: str
    subscription_id: SubscriptionId
    redeemed_at: datetime


async def add_customer(tx: Tx, row: NewCustomerRow) -> int:
    """Insert a customer."""
    return await tx.execute(_SQL["add_customer"], expect=1, **row._asdict())


async def add_customer_key(
    tx: Tx, *, bucket: Bucket, customer_id: CustomerId, wrapped: bytes
) -> int:
    """Store a customer's wrapped data key."""
    return await tx.execute(
        _SQL["add_customer_key"], expect=1, bucket=bucket, customer_id=customer_id, wrapped=wrapped
    )


async def lock_customers(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[CustomerId]
) -> list[CustomerRow]:
    """Read and lock some customers."""
    return await tx.rows(_SQL["lock_customers"], CustomerRow, buckets=list(buckets), ids=list(ids))


async def read_customers(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[CustomerId]
) -> list[CustomerRow]:
    """Read some customers."""
    return await tx.rows(_SQL["read_customers"], CustomerRow, buckets=list(buckets), ids=list(ids))


async def read_customer_key(
    tx: Tx, *, bucket: Bucket, customer_id: CustomerId
) -> CustomerKeyRow | None:
    """Read a customer's wrapped data key."""
    return await tx.row(
        _SQL["read_customer_key"], CustomerKeyRow, bucket=bucket, customer_id=customer_id
    )


async def redeem_trial(tx: Tx, row: RedemptionRow) -> int:
    """Spend a trial; ``TrialAlreadyUsed`` when the customer had one in this family."""
    return await tx.execute(_SQL["redeem_trial"], expect=1, **row._asdict())


async def read_trials(tx: Tx, *, bucket: Bucket, customer_id: CustomerId) -> list[TrialRow]:
    """Read the families in which a customer has had a trial."""
    return await tx.rows(_SQL["read_trials"], TrialRow, bucket=bucket, customer_id=customer_id)
