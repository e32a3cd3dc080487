"""What entry points show of the ledger."""

from datetime import date, datetime
from typing import Final

from ledgerline.base.db import ReadTx
from ledgerline.base.statements import statements
from ledgerline.ledger.rows import BalanceView

_SQL: Final = statements(__name__)


async def trial_balance(read: ReadTx, *, at: datetime, month: date | None) -> list[BalanceView]:
    """Sum all transfers up to and including ``at`` by seller, currency and account.

    With the first day of a month: only those that are booked in it.
    """
    return await read.rows(_SQL["trial_balance"], BalanceView, at=at, month=month)
