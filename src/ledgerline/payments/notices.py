"""Statements of what payers are told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, PaymentId, RefundId
from ledgerline.base.statements import statements
from ledgerline.payments.rows.notices import NoticeRow, ToldPaymentRow, ToldRefundRow, ToldRow
from ledgerline.payments.rows.payments import DueRow

_SQL: Final = statements(__name__)


async def add_notices(tx: Tx, rows: Sequence[NoticeRow]) -> int:
    """Plan what payers are told."""
    return await tx.copy(_SQL["add_notices"], rows)


async def read_due_notices(
    tx: Tx, *, bucket_from: int, bucket_to: int, now: datetime, limit: int
) -> list[NoticeRow]:
    """Read what is due to be told in a bucket range, without locking."""
    return await tx.rows(
        _SQL["read_due_notices"], NoticeRow, bucket_from=bucket_from, bucket_to=bucket_to,
        now=now, limit=limit,
    )  # fmt: skip


async def read_notices(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[PaymentId], now: datetime
) -> list[NoticeRow]:
    """Read what is due to be told of some payments."""
    return await tx.rows(
        _SQL["read_notices"], NoticeRow, buckets=list(buckets), ids=list(ids), now=now
    )


async def step_notices(tx: Tx, rows: Sequence[NoticeRow]) -> int:
    """Say that notices are told, put off, or no longer needed; what was told stays told."""
    return await tx.write(_SQL["step_notices"], rows)


async def count_told(tx: Tx, rows: Sequence[ToldRow]) -> int:
    """Count the events of payments that are locked."""
    return await tx.write(_SQL["count_told"], rows)


async def next_due(tx: Tx) -> list[DueRow]:
    """Find when the next notice is due."""
    return await tx.rows(_SQL["next_due"], DueRow)


async def read_told_payments(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[PaymentId]
) -> list[ToldPaymentRow]:
    """Read payments as their payers are told of them."""
    return await tx.rows(
        _SQL["read_told_payments"], ToldPaymentRow, buckets=list(buckets), ids=list(ids)
    )


async def read_told_refunds(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[RefundId]
) -> list[ToldRefundRow]:
    """Read refunds as those who get them are told of them."""
    return await tx.rows(
        _SQL["read_told_refunds"], ToldRefundRow, buckets=list(buckets), ids=list(ids)
    )
