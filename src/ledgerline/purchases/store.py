"""Statements of purchases."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import (
    Bucket,
    CustomerId,
    InvoiceId,
    PaymentId,
    PurchaseId,
    SubscriptionId,
)
from ledgerline.base.statements import statements

_SQL: Final = statements(__name__)


class NewPurchaseRow(NamedTuple):
    """A purchase to insert."""

    bucket: Bucket
    id: PurchaseId
    customer_id: CustomerId
    subscription_id: SubscriptionId
    invoice_id: InvoiceId
    payment_id: PaymentId | None
    created_at: datetime


class PurchaseRow(NamedTuple):
    """One purchase."""

    bucket: Bucket
    id: PurchaseId
    customer_id: CustomerId
    subscription_id: SubscriptionId
    invoice_id: InvoiceId
    payment_id: PaymentId | None
    state: str
    created_at: datetime


class StepRow(NamedTuple):
    """One move of the purchase that made a subscription."""

    bucket: Bucket
    subscription_id: SubscriptionId
    state_before: str
    state_event: str
    state: str


async def add_purchase(tx: Tx, row: NewPurchaseRow) -> int:
    """Insert a purchase."""
    return await tx.execute(_SQL["add_purchase"], expect=1, **row._asdict())


async def step(tx: Tx, rows: Sequence[StepRow]) -> int:
    """Move purchases; one that ended before is passed over."""
    return await tx.write(_SQL["step"], rows, each=False)


async def read_purchase(tx: Tx, *, bucket: Bucket, id: PurchaseId) -> PurchaseRow | None:
    """Read one purchase."""
    return await tx.row(_SQL["read_purchase"], PurchaseRow, bucket=bucket, id=id)
