"""Statements of what settlement files are compared with."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket
from ledgerline.base.statements import statements
from ledgerline.payments.rows.settling import CapturedRow, OpenRow, SubjectRow

_SQL: Final = statements(__name__)


async def find_attempts(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[UUID]
) -> list[SubjectRow]:
    """Find attempts."""
    return await tx.rows(_SQL["find_attempts"], SubjectRow, buckets=list(buckets), ids=list(ids))


async def find_refunds(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[UUID]
) -> list[SubjectRow]:
    """Find refunds."""
    return await tx.rows(_SQL["find_refunds"], SubjectRow, buckets=list(buckets), ids=list(ids))


async def find_attempts_told(
    tx: Tx, *, psp_account: str, psp_refs: Sequence[str]
) -> list[SubjectRow]:
    """Find the attempts of an account by the provider's own ids of them."""
    return await tx.rows(
        _SQL["find_attempts_told"], SubjectRow, psp_account=psp_account, psp_refs=list(psp_refs)
    )


async def find_refunds_told(
    tx: Tx, *, psp_account: str, psp_refs: Sequence[str]
) -> list[SubjectRow]:
    """Find the refunds of an account by the provider's own ids of them."""
    return await tx.rows(
        _SQL["find_refunds_told"], SubjectRow, psp_account=psp_account, psp_refs=list(psp_refs)
    )


async def read_captured(
    tx: Tx, *, psp_account: str, after: UUID, until: UUID, ended_before: datetime, limit: int
) -> list[CapturedRow]:
    """Read what an account captured, by ids in (after, until): a span of time when it was sent."""
    return await tx.rows(
        _SQL["read_captured"], CapturedRow, psp_account=psp_account, after=after, until=until,
        ended_before=ended_before, limit=limit,
    )  # fmt: skip


async def read_open(tx: Tx, *, reason: str) -> list[OpenRow]:
    """Read the subjects of the exceptions that are open for a reason, the oldest first."""
    return await tx.rows(_SQL["read_open"], OpenRow, reason=reason)
