"""Statements of the outbox."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket
from ledgerline.base.statements import statements
from ledgerline.outbox.rows import EventRow, KeyRow, NewKeyRow, RefusalRow

_SQL: Final = statements(__name__)


async def append(tx: Tx, rows: Sequence[EventRow]) -> int:
    """Append events; a sequence number used twice is refused by the primary key."""
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
    aggregate_ids: Sequence[UUID],
    seqs: Sequence[int],
) -> int:
    """Stamp events as relayed."""
    return await tx.execute(
        _SQL["mark_relayed"],
        expect=len(seqs),
        relayed_at=relayed_at,
        buckets=list(buckets),
        aggregate_ids=list(aggregate_ids),
        seqs=list(seqs),
    )


async def reserve_key(tx: Tx, row: NewKeyRow) -> list[KeyRow]:
    """Insert a key; no row means it exists already: read it."""
    return await tx.rows(_SQL["reserve_key"], KeyRow, **row._asdict())


async def read_key(tx: Tx, *, bucket: Bucket, principal: str, key: str) -> KeyRow | None:
    """Read a key that exists."""
    return await tx.row(_SQL["read_key"], KeyRow, bucket=bucket, principal=principal, key=key)


async def finish_key(
    tx: Tx, *, bucket: Bucket, principal: str, key: str, status: int, body: bytes
) -> int:
    """Store the definitive answer of a key."""
    return await tx.execute(
        _SQL["finish_key"], bucket=bucket, principal=principal, key=key, status=status, body=body
    )


async def keep_refusal(tx: Tx, row: RefusalRow) -> int:
    """Keep the answer of a request that was refused; 0 when its key exists."""
    return await tx.execute(_SQL["keep_refusal"], **row._asdict())


async def add_api_key(
    tx: Tx, *, id: str, principal: str, secret_hash: bytes, created_at: datetime
) -> int:
    """Record a new API key; only the keyed hash of its secret is stored."""
    return await tx.execute(
        _SQL["add_api_key"], expect=1, id=id, principal=principal, secret_hash=secret_hash,
        created_at=created_at,
    )  # fmt: skip


async def revoke_api_key(tx: Tx, *, id: str, revoked_at: datetime) -> int:
    """Revoke an API key; 0 when there is none or it was revoked before."""
    return await tx.execute(_SQL["revoke_api_key"], id=id, revoked_at=revoked_at)
