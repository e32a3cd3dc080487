"""Statements of money exceptions: what a machine may not decide alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, Bucket
from ledgerline.base.statements import statements
from ledgerline.payments.rows.exceptions import (
    ClosedRow,
    DecidedRow,
    ExceptionRow,
    ReturnRow,
    UndecidedRow,
)

_SQL: Final = statements(__name__)


async def add_exceptions(tx: Tx, rows: Sequence[ExceptionRow]) -> list[ExceptionRow]:
    """Open money exceptions and return those that are new; one that is open already stays."""
    return await tx.rows(
        _SQL["add_exceptions"],
        ExceptionRow,
        bucket=[row.bucket for row in rows],
        subject_id=[row.subject_id for row in rows],
        reason=[row.reason for row in rows],
        detail=[row.detail for row in rows],
        opened_at=[row.opened_at for row in rows],
    )


async def tell_exceptions(tx: Tx, rows: Sequence[ExceptionRow]) -> int:
    """Open what providers told, one row a subject; what is open hears the new beside the old."""
    return await tx.write(_SQL["tell_exceptions"], rows, each=False)


async def close_exceptions(tx: Tx, rows: Sequence[ClosedRow], *, now: datetime) -> int:
    """Close the exceptions of some subjects, where there are any; counts them."""
    return await tx.write(_SQL["close_exceptions"], rows, each=False, now=now)


async def decide_exception(tx: Tx, row: DecidedRow) -> int:
    """Close an exception as people decided it; counts it, if it was open."""
    return await tx.execute(_SQL["decide_exception"], **row._asdict())


async def read_undecided(
    tx: Tx, *, bucket_from: int, bucket_to: int, limit: int
) -> list[UndecidedRow]:
    """Read what came for charges that had been given up and nobody has decided about yet."""
    return await tx.rows(
        _SQL["read_undecided"], UndecidedRow, bucket_from=bucket_from, bucket_to=bucket_to,
        limit=limit,
    )  # fmt: skip


async def find_return(tx: Tx, *, bucket: Bucket, attempt_id: AttemptId) -> ReturnRow | None:
    """Find the refund that gives back, or gave back, what came for an ended attempt."""
    return await tx.row(_SQL["find_return"], ReturnRow, bucket=bucket, attempt_id=attempt_id)
