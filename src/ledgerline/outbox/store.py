"""Statements of the outbox."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, EventId
from ledgerline.base.statements import statements
from ledgerline.outbox.rows import EventRow

_SQL: Final = statements(__name__)


async def append(tx: Tx, rows: Sequence[EventRow]) -> int:
    """Append events; the locks of their aggregates keep sequence numbers dense and single."""
    return await tx.copy_last(_SQL["append"], rows)


async def claim_unrelayed(
    tx: Tx, *, bucket_from: int, bucket_to: int, limit: int
) -> list[EventRow]:
    """Claim unrelayed events of a bucket range, in order per aggregate."""
    return await tx.rows(
        _SQL["claim_unrelayed"], EventRow, bucket_from=bucket_from, bucket_to=bucket_to, limit=limit
    )


async def mark_relayed(
    tx: Tx,
    *,
    relayed_at: datetime,
    buckets: Sequence[Bucket],
    ids: Sequence[EventId],
) -> int:
    """Stamp events as relayed."""
    return await tx.execute(
        _SQL["mark_relayed"],
        expect=len(ids),
        relayed_at=relayed_at,
        buckets=list(buckets),
        ids=list(ids),
    )
