"""What entry points show of receipts."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import Bucket
from ledgerline.base.statements import statements
from ledgerline.receipts.rows import ReceiptView

_SQL: Final = statements(__name__)


async def receipt(read: ReadTx, *, bucket: Bucket, id: UUID) -> ReceiptView | None:
    """Read one receipt."""
    return await read.row(_SQL["receipt"], ReceiptView, bucket=bucket, id=id)


async def receipts(
    read: ReadTx,
    *,
    bucket: Bucket,
    customer_id: UUID,
    months: Sequence[int],
    before: UUID,
    limit: int,
) -> list[ReceiptView]:
    """Read a page of a customer's receipts of some months, newest first."""
    return await read.rows(
        _SQL["receipts"], ReceiptView, bucket=bucket, customer_id=customer_id,
        months=list(months), before=before, limit=limit,
    )  # fmt: skip
