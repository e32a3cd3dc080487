"""Statements of bulk jobs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.statements import statements
from ledgerline.bulk.rows import BulkJobRow, NewBulkJobRow, NewBulkRow, WaitingRow

_SQL: Final = statements(__name__)


async def add_job(tx: Tx, row: NewBulkJobRow) -> int:
    """Record a job that was chosen."""
    return await tx.execute(_SQL["add_job"], expect=1, **row._asdict())


async def add_rows(tx: Tx, rows: Sequence[NewBulkRow]) -> int:
    """Record what it is about."""
    return await tx.write(_SQL["add_rows"], rows)


async def lock_job(tx: Tx, *, id: UUID) -> BulkJobRow | None:
    """Lock a job."""
    return await tx.row(_SQL["lock_job"], BulkJobRow, id=id)


async def keep_job(tx: Tx, row: BulkJobRow) -> int:
    """Keep what somebody did to a job."""
    return await tx.execute(
        _SQL["keep_job"], expect=1, id=row.id, started_by=row.started_by,
        started_at=row.started_at, paused_at=row.paused_at, canceled_at=row.canceled_at,
    )  # fmt: skip


async def read_next_row(tx: Tx) -> WaitingRow | None:
    """Read the next row of the oldest job that runs."""
    return await tx.row(_SQL["read_next_row"], WaitingRow)


async def end_row(
    tx: Tx, *, job_id: UUID, no: int, outcome: str, reason: str, ended_at: datetime
) -> int:
    """Keep how a row ended; 0 where it had ended before."""
    return await tx.execute(
        _SQL["end_row"], job_id=job_id, no=no, outcome=outcome, reason=reason, ended_at=ended_at
    )


async def end_job(tx: Tx, *, id: UUID, ended_at: datetime) -> int:
    """End a job that was not canceled and has no row left; 0 for any other."""
    return await tx.execute(_SQL["end_job"], id=id, ended_at=ended_at)
