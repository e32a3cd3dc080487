"""Statements of pricing: tax rates."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.statements import statements
from ledgerline.pricing.rows import TaxRateRow

_SQL: Final = statements(__name__)


async def put_tax_rates(tx: Tx, rows: Sequence[TaxRateRow], *, recorded_at: datetime) -> int:
    """Insert tax rates, or update what is written about them; what is new is recorded as such."""
    return await tx.write(_SQL["put_tax_rates"], rows, recorded_at=recorded_at)


async def read_tax_rates(tx: Tx, *, market_codes: Sequence[str]) -> list[TaxRateRow]:
    """Read the rates of some markets, oldest first."""
    return await tx.rows(_SQL["read_tax_rates"], TaxRateRow, market_codes=list(market_codes))
