"""Statements of receipts."""

from collections.abc import Sequence
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, ReceiptId
from ledgerline.base.statements import statements
from ledgerline.receipts.rows import ReceiptRow

_SQL: Final = statements(__name__)


async def add_receipts(tx: Tx, rows: Sequence[ReceiptRow]) -> int:
    """Issue receipts; a second one for a payment or refund is refused."""
    return await tx.copy(_SQL["add_receipts"], rows)


async def read_receipts(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[ReceiptId]
) -> list[ReceiptRow]:
    """Read some receipts."""
    return await tx.rows(_SQL["read_receipts"], ReceiptRow, buckets=list(buckets), ids=list(ids))
