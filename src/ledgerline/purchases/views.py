"""What entry points show of purchases."""

from typing import Final
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import (
    Bucket,
)
from ledgerline.base.statements import statements
from ledgerline.purchases.rows import PurchaseView

_SQL: Final = statements(__name__)


async def purchase(read: ReadTx, *, bucket: Bucket, id: UUID) -> PurchaseView | None:
    """Read one purchase."""
    return await read.row(_SQL["purchase"], PurchaseView, bucket=bucket, id=id)
