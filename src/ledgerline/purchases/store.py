"""Statements of purchases."""

from collections.abc import Sequence
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, PurchaseId
from ledgerline.base.statements import statements
from ledgerline.purchases.rows import FoundPurchaseRow, NewPurchaseRow, PurchaseStepRow

_SQL: Final = statements(__name__)


async def add_purchase(tx: Tx, row: NewPurchaseRow) -> int:
    """Insert a purchase."""
    return await tx.execute(_SQL["add_purchase"], expect=1, **row._asdict())


async def step(tx: Tx, rows: Sequence[PurchaseStepRow]) -> int:
    """Move purchases; one that ended before is passed over."""
    return await tx.write(_SQL["step"], rows, each=False)


async def find_purchase(tx: Tx, *, bucket: Bucket, id: PurchaseId) -> FoundPurchaseRow | None:
    """Find a purchase and what it made, unlocked."""
    return await tx.row(_SQL["find_purchase"], FoundPurchaseRow, bucket=bucket, id=id)
