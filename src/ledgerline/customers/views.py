"""What entry points show of customers."""

from datetime import datetime
from typing import Final
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import Bucket
from ledgerline.base.statements import statements
from ledgerline.customers.rows import CustomerView, NoteRow

_SQL: Final = statements(__name__)


async def customer(read: ReadTx, *, bucket: Bucket, id: UUID) -> CustomerView | None:
    """Read one customer."""
    return await read.row(_SQL["customer"], CustomerView, bucket=bucket, id=id)


async def customers_of_email(read: ReadTx, *, email_hash: bytes, limit: int) -> list[CustomerView]:
    """Read who has an e-mail address, by its keyed hash, newest first."""
    return await read.rows(
        _SQL["customers_of_email"], CustomerView, email_hash=email_hash, limit=limit
    )


async def customers(read: ReadTx, *, before: UUID, limit: int) -> list[CustomerView]:
    """Read a page of customers, newest first, with ids below ``before``."""
    return await read.rows(_SQL["customers"], CustomerView, before=before, limit=limit)


async def notes(
    read: ReadTx, *, bucket: Bucket, customer_id: UUID, until: datetime, limit: int
) -> list[NoteRow]:
    """Read what colleagues wrote about a customer before an instant, the newest first."""
    return await read.rows(
        _SQL["notes"], NoteRow, bucket=bucket, customer_id=customer_id, until=until, limit=limit
    )
