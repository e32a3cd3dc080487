"""What entry points show of customers."""

from datetime import datetime
from typing import Final
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import Bucket
from ledgerline.base.statements import statements
from ledgerline.customers.rows import CustomerView

_SQL: Final = statements(__name__)


async def customer(read: ReadTx, *, bucket: Bucket, id: UUID) -> CustomerView | None:
    """Read one customer."""
    return await read.row(_SQL["customer"], CustomerView, bucket=bucket, id=id)


async def customers(
    read: ReadTx, *, before: datetime, before_id: UUID, limit: int
) -> list[CustomerView]:
    """Read a page of customers, newest first, that follow ``(before, before_id)``."""
    return await read.rows(
        _SQL["customers"], CustomerView, before=before, before_id=before_id, limit=limit
    )
