"""What entry points read of bulk jobs."""

from typing import Final
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.statements import statements
from ledgerline.bulk.rows import BulkJobRow, BulkRowView, BulkSumView

_SQL: Final = statements(__name__)


async def jobs(read: ReadTx) -> list[BulkJobRow]:
    """Read the newest jobs."""
    return await read.rows(_SQL["jobs"], BulkJobRow)


async def job(read: ReadTx, *, id: UUID) -> BulkJobRow | None:
    """Read a job."""
    return await read.row(_SQL["job"], BulkJobRow, id=id)


async def sums(read: ReadTx, *, job_id: UUID) -> list[BulkSumView]:
    """Count the rows of a job by how they ended, and add them up by currency."""
    return await read.rows(_SQL["sums"], BulkSumView, job_id=job_id)


async def rows(
    read: ReadTx, *, job_id: UUID, outcomes: list[str] | None, limit: int
) -> list[BulkRowView]:
    """Read the first rows of a job: those that ended so, or with None those that wait."""
    return await read.rows(_SQL["rows"], BulkRowView, job_id=job_id, outcomes=outcomes, limit=limit)
