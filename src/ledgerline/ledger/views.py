"""What entry points show of the ledger."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import Bucket
from ledgerline.base.statements import statements
from ledgerline.ledger.rows import BalanceView, CreditView

_SQL: Final = statements(__name__)


async def trial_balance(read: ReadTx, *, at: datetime, month: date | None) -> list[BalanceView]:
    """Sum all transfers up to and including ``at`` by seller, currency and account.

    With the first day of a month: only those that are booked in it.
    """
    return await read.rows(_SQL["trial_balance"], BalanceView, at=at, month=month)


async def credit(
    read: ReadTx, *, bucket: Bucket, customer_id: UUID, seller_code: str, currency: str
) -> int:
    """Read a customer's credit in minor units; 0 when there never was any."""
    found = await read.row(
        _SQL["credit"], CreditView, bucket=bucket, customer_id=customer_id,
        seller_code=seller_code, currency=currency,
    )  # fmt: skip
    return 0 if found is None else found.balance_minor
