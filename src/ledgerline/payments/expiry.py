"""Statements of what is told before a card expires."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, PaymentMethodId
from ledgerline.base.statements import statements
from ledgerline.payments.rows.expiry import CardNoticeRow, CardRow
from ledgerline.payments.rows.payments import DueRow

_SQL: Final = statements(__name__)


async def plan_notices(
    tx: Tx, *, bucket_from: int, bucket_to: int, after: date, until: date, days: Sequence[int]
) -> int:
    """Plan notices for the cards of a bucket range whose last day is after one day, by another.

    Each card gets one so many ``days`` before it expires; what is planned stays as it is.
    """
    return await tx.execute(
        _SQL["plan_notices"], bucket_from=bucket_from, bucket_to=bucket_to, after=after,
        until=until, days=list(days),
    )  # fmt: skip


async def read_due_notices(
    tx: Tx, *, bucket_from: int, bucket_to: int, now: datetime, limit: int
) -> list[CardNoticeRow]:
    """Read what is due to be told in a bucket range, without locking."""
    return await tx.rows(
        _SQL["read_due_notices"], CardNoticeRow, bucket_from=bucket_from, bucket_to=bucket_to,
        now=now, limit=limit,
    )  # fmt: skip


async def read_notices(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[PaymentMethodId], now: datetime
) -> list[CardNoticeRow]:
    """Read what is due to be told of some cards."""
    return await tx.rows(
        _SQL["read_notices"], CardNoticeRow, buckets=list(buckets), ids=list(ids), now=now
    )


async def read_cards(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[PaymentMethodId]
) -> list[CardRow]:
    """Read whose some cards are and when they expire."""
    return await tx.rows(_SQL["read_cards"], CardRow, buckets=list(buckets), ids=list(ids))


async def step_notices(tx: Tx, rows: Sequence[CardNoticeRow]) -> int:
    """Say that notices are told, put off, or no longer needed."""
    return await tx.write(_SQL["step_notices"], rows)


async def next_due(tx: Tx, *, after: date, days: int) -> list[DueRow]:
    """Find when something is to be told, or planned ``days`` before a card expires."""
    return await tx.rows(_SQL["next_due"], DueRow, after=after, days=days)
