"""Statements of entitlements."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, CustomerId, InvoiceId, SubscriptionId
from ledgerline.base.statements import statements

_SQL: Final = statements(__name__)


class CoverRow(NamedTuple):
    """Cover of ``[starts_at, ends_at)``; ``paid_until`` is where it ends once paid."""

    bucket: Bucket
    subscription_id: SubscriptionId
    starts_at: datetime
    customer_id: CustomerId
    family: str
    ends_at: datetime
    paid_until: datetime
    reason: str
    invoice_id: InvoiceId


class ProvenRow(NamedTuple):
    """An invoice whose cover is paid."""

    bucket: Bucket
    subscription_id: SubscriptionId
    invoice_id: InvoiceId


class EndedRow(NamedTuple):
    """A subscription whose service ends."""

    bucket: Bucket
    subscription_id: SubscriptionId
    ended_at: datetime


async def add_covers(tx: Tx, rows: Sequence[CoverRow]) -> int:
    """Add cover; a second row with the same start is refused."""
    return await tx.copy(_SQL["add_covers"], rows)


async def prove_covers(tx: Tx, rows: Sequence[ProvenRow]) -> int:
    """Turn the cover of paid invoices into paid cover."""
    return await tx.write(_SQL["prove_covers"], rows, each=False)


async def end_covers(tx: Tx, rows: Sequence[EndedRow]) -> int:
    """Cut cover that lasts beyond the end of service; what would begin then is dropped."""
    return await tx.write(_SQL["end_covers"], rows, each=False)
