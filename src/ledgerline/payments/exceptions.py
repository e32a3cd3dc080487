"""Statements of money exceptions: what a machine may not decide alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, Bucket, ExceptionId, InvoiceId, PaymentId
from ledgerline.base.statements import statements
from ledgerline.payments.rows.exceptions import (
    AssignedRow,
    ClosedRow,
    DecidedRow,
    ExceptionRow,
    FoundExceptionRow,
    LateMoneyRow,
    LateRow,
    OwnedRow,
    ReturnRow,
    UndecidedRow,
)
from ledgerline.payments.rules.exceptions import exception_id

_SQL: Final = statements(__name__)


async def add_exceptions(tx: Tx, rows: Sequence[ExceptionRow]) -> list[ExceptionRow]:
    """Open money exceptions and return those that are new; one that is open already stays."""
    return await tx.rows(
        _SQL["add_exceptions"],
        ExceptionRow,
        bucket=[row.bucket for row in rows],
        id=[exception_id(row) for row in rows],
        subject_id=[row.subject_id for row in rows],
        reason=[row.reason for row in rows],
        detail=[row.detail for row in rows],
        opened_at=[row.opened_at for row in rows],
    )


async def tell_exceptions(tx: Tx, rows: Sequence[ExceptionRow], *, once: bool = False) -> int:
    """Open what providers told, one row a subject; what is open hears the new beside the old.

    With ``once`` the same words open nothing again, be it open or closed.
    """
    return await tx.execute(
        _SQL["tell_exceptions"],
        once=once,
        bucket=[row.bucket for row in rows],
        id=[exception_id(row) for row in rows],
        subject_id=[row.subject_id for row in rows],
        reason=[row.reason for row in rows],
        detail=[row.detail for row in rows],
        opened_at=[row.opened_at for row in rows],
    )


async def close_exceptions(tx: Tx, rows: Sequence[ClosedRow], *, now: datetime) -> int:
    """Close the exceptions of some subjects, where there are any; counts them."""
    return await tx.write(_SQL["close_exceptions"], rows, each=False, now=now)


async def close_refused(
    tx: Tx, *, buckets: Sequence[Bucket], invoice_ids: Sequence[InvoiceId], now: datetime
) -> int:
    """Close what was told of refused requests of invoices that are given up; counts them."""
    return await tx.execute(
        _SQL["close_refused"], buckets=list(buckets), invoice_ids=list(invoice_ids), now=now
    )


async def decide_exception(tx: Tx, row: DecidedRow) -> int:
    """Close an exception as people decided it; counts it, if it was open."""
    return await tx.execute(_SQL["decide_exception"], **row._asdict())


async def find_exception(tx: Tx, *, bucket: Bucket, id: ExceptionId) -> FoundExceptionRow | None:
    """Find an exception by its id; unlocked."""
    return await tx.row(_SQL["find_exception"], FoundExceptionRow, bucket=bucket, id=id)


async def find_owner(tx: Tx, *, bucket: Bucket, subject_id: UUID) -> OwnedRow | None:
    """Find whose a payment, or an attempt or refund of one, is; None where it is nobody's."""
    return await tx.row(_SQL["find_owner"], OwnedRow, bucket=bucket, subject_id=subject_id)


async def assign_exception(tx: Tx, row: AssignedRow) -> int:
    """Say who works on an exception; counts it, if it is open."""
    return await tx.execute(_SQL["assign_exception"], **row._asdict())


async def find_undecided(tx: Tx, *, bucket: Bucket, attempt_id: AttemptId) -> LateMoneyRow | None:
    """Find money that came for an ended attempt, if nobody has decided about it yet."""
    return await tx.row(_SQL["find_undecided"], LateMoneyRow, bucket=bucket, attempt_id=attempt_id)


async def read_undecided(
    tx: Tx, *, bucket_from: int, bucket_to: int, limit: int
) -> list[UndecidedRow]:
    """Read what came for charges that had been given up and nobody has decided about yet."""
    return await tx.rows(
        _SQL["read_undecided"], UndecidedRow, bucket_from=bucket_from, bucket_to=bucket_to,
        limit=limit,
    )  # fmt: skip


async def read_late(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[AttemptId]
) -> list[LateRow]:
    """Read which of some ended attempts had money that came late, and whether that was taken."""
    return await tx.rows(_SQL["read_late"], LateRow, buckets=list(buckets), ids=list(ids))


async def find_return(tx: Tx, *, bucket: Bucket, attempt_id: AttemptId) -> ReturnRow | None:
    """Find the refund that gives back, or gave back, what came for an ended attempt."""
    return await tx.row(_SQL["find_return"], ReturnRow, bucket=bucket, attempt_id=attempt_id)


async def put_off(tx: Tx, *, bucket: Bucket, id: PaymentId, now: datetime, until: datetime) -> int:
    """Look at a payment another day: what was due of it is refused now."""
    return await tx.execute(_SQL["put_off"], bucket=bucket, id=id, now=now, until=until)
