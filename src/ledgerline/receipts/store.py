"""Statements of receipts."""

from collections.abc import Sequence
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, ReceiptId, RefundId
from ledgerline.base.statements import statements
from ledgerline.receipts.rows import ReceiptPlaceRow, ReceiptRow

_SQL: Final = statements(__name__)


async def add_receipts(tx: Tx, rows: Sequence[ReceiptRow]) -> int:
    """Issue receipts; a second one for a payment or refund is refused."""
    return await tx.copy(_SQL["add_receipts"], rows)


async def read_receipts(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[ReceiptId]
) -> list[ReceiptRow]:
    """Read some receipts."""
    return await tx.rows(_SQL["read_receipts"], ReceiptRow, buckets=list(buckets), ids=list(ids))


async def read_corrected(
    tx: Tx, *, buckets: Sequence[Bucket], refund_ids: Sequence[RefundId]
) -> list[ReceiptPlaceRow]:
    """Read the receipts that some refunds got when they succeeded, and their numbers."""
    return await tx.rows(
        _SQL["read_corrected"], ReceiptPlaceRow, buckets=list(buckets), refund_ids=list(refund_ids)
    )
