"""Statements of leases."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.statements import statements
from ledgerline.jobs.rows import RangeRow

_SQL: Final = statements(__name__)


async def open_ranges(tx: Tx, *, job: str, ranges: Sequence[RangeRow]) -> int:
    """Make the ranges of a job that do not exist yet."""
    return await tx.write(_SQL["open_ranges"], ranges, each=False, job=job)


async def claim(
    tx: Tx, *, job: str, token: UUID, holder: str, seconds: int, limit: int
) -> list[RangeRow]:
    """Take up to ``limit`` ranges that nobody holds, for ``seconds`` of the database clock."""
    return await tx.rows(
        _SQL["claim"], RangeRow, job=job, token=token, holder=holder, seconds=seconds, limit=limit
    )


async def extend(tx: Tx, *, job: str, token: UUID, seconds: int) -> int:
    """Hold on for ``seconds`` more; returns how many ranges are still held."""
    return await tx.execute(_SQL["extend"], job=job, token=token, seconds=seconds)


async def release(tx: Tx, *, job: str, token: UUID) -> int:
    """Give back what a token holds."""
    return await tx.execute(_SQL["release"], job=job, token=token)


async def hold(tx: Tx, *, job: str, token: UUID) -> list[RangeRow]:
    """Read what a token still holds and keep it so until the transaction ends."""
    return await tx.rows(_SQL["hold"], RangeRow, job=job, token=token)
