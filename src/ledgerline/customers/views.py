"""What entry points show of customers."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import Bucket, CustomerId
from ledgerline.base.statements import statements

_SQL: Final = statements(__name__)


class CustomerView(NamedTuple):
    """A customer; ``wrapped`` opens the sealed fields and is gone once the customer is erased."""

    bucket: Bucket
    id: CustomerId
    market_code: str
    zone: str
    locale: str
    name_sealed: bytes | None
    email_sealed: bytes | None
    created_at: datetime
    wrapped: bytes | None


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
