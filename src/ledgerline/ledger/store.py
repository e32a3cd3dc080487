"""Statements of the ledger."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import Bucket
from ledgerline.base.statements import statements
from ledgerline.ledger.model import CreditExhausted
from ledgerline.ledger.rows import CreditRow, RecognitionRow, TransferRow

REFUSALS: Final[dict[str, type[Rejected]]] = {"credit_balance_not_negative": CreditExhausted}
_SQL: Final = statements(__name__, refusals=REFUSALS)


async def add_transfers(tx: Tx, rows: Sequence[TransferRow]) -> int:
    """Append transfers; a source that posts a purpose twice is refused by the primary key."""
    return await tx.copy(_SQL["add_transfers"], rows)


async def read_credit(
    tx: Tx, *, buckets: Sequence[Bucket], customer_ids: Sequence[UUID]
) -> list[CreditRow]:
    """Read the credit balances above zero of some customers, unlocked."""
    return await tx.rows(
        _SQL["read_credit"], CreditRow, buckets=list(buckets), customer_ids=list(customer_ids)
    )


async def lock_credit(
    tx: Tx, *, buckets: Sequence[Bucket], customer_ids: Sequence[UUID]
) -> list[CreditRow]:
    """Read and lock the credit balances above zero of some customers."""
    return await tx.rows(
        _SQL["lock_credit"], CreditRow, buckets=list(buckets), customer_ids=list(customer_ids)
    )


async def change_credit(
    tx: Tx,
    *,
    buckets: Sequence[Bucket],
    customer_ids: Sequence[UUID],
    seller_codes: Sequence[str],
    currencies: Sequence[str],
    amounts_minor: Sequence[int],
) -> int:
    """Add signed amounts to credit balances; raises ``CreditExhausted`` below zero."""
    return await tx.execute(
        _SQL["change_credit"],
        buckets=list(buckets),
        customer_ids=list(customer_ids),
        seller_codes=list(seller_codes),
        currencies=list(currencies),
        amounts_minor=list(amounts_minor),
    )


async def read_recognitions(tx: Tx, *, month: date) -> list[RecognitionRow]:
    """Read what the month that begins on ``month`` has been recognised for."""
    return await tx.rows(_SQL["read_recognitions"], RecognitionRow, month=month)


async def add_recognitions(tx: Tx, rows: Sequence[RecognitionRow]) -> int:
    """Name the sources of what a month earned; a second one is refused by the primary key."""
    return await tx.copy(_SQL["add_recognitions"], rows)
