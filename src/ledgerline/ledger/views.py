"""What entry points show of the ledger."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import Bucket, CreditLotId, CustomerId
from ledgerline.base.statements import statements
from ledgerline.ledger.rows import BalanceView, CreditView, LotUseView, LotView

_SQL: Final = statements(__name__)


async def trial_balance(read: ReadTx, *, at: datetime, month: date | None) -> list[BalanceView]:
    """Sum all transfers up to and including ``at`` by seller, currency and account.

    With the first day of a month: only those that are booked in it.
    """
    return await read.rows(_SQL["trial_balance"], BalanceView, at=at, month=month)


async def credit(
    read: ReadTx, *, buckets: Sequence[Bucket], customer_ids: Sequence[CustomerId]
) -> list[CreditView]:
    """Sum what some customers can use up, by seller and currency."""
    return await read.rows(
        _SQL["credit"], CreditView, buckets=list(buckets), customer_ids=list(customer_ids)
    )


async def lots(
    read: ReadTx, *, bucket: Bucket, customer_id: UUID, before: UUID, limit: int
) -> list[LotView]:
    """Read a page of what gave a customer credit, newest first."""
    return await read.rows(
        _SQL["lots"], LotView, bucket=bucket, customer_id=customer_id, before=before, limit=limit
    )


async def lot_uses(
    read: ReadTx, *, bucket: Bucket, lot_ids: Sequence[CreditLotId]
) -> list[LotUseView]:
    """Read what invoices took of some lots, and what came back, by lot and oldest first."""
    return await read.rows(_SQL["lot_uses"], LotUseView, bucket=bucket, lot_ids=list(lot_ids))
