"""Statements of the ledger."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import Bucket, CreditLotId, CreditNoteId
from ledgerline.base.statements import statements
from ledgerline.ledger.model import CreditExhausted
from ledgerline.ledger.rows import (
    ClosedRow,
    CreditRow,
    DrawRow,
    FirstDayRow,
    LotRow,
    PeriodRow,
    RecognitionRow,
    TransferRow,
    TransfersRow,
    TurnoverRow,
)

REFUSALS: Final[dict[str, type[Rejected]]] = {"credit_lot_remaining": CreditExhausted}
_SQL: Final = statements(__name__, refusals=REFUSALS)


async def add_transfers(tx: Tx, rows: Sequence[TransferRow]) -> int:
    """Append transfers; a source that posts a purpose twice is refused by the primary key."""
    return await tx.copy(_SQL["add_transfers"], rows)


async def count_transfers(tx: Tx, *, bucket: Bucket, source_id: UUID) -> int:
    """Count what a source has moved so far: the number of its next transfer."""
    row = await tx.row(_SQL["count_transfers"], TransfersRow, bucket=bucket, source_id=source_id)
    assert row is not None, source_id
    return row.transfers


async def read_credit(
    tx: Tx, *, buckets: Sequence[Bucket], customer_ids: Sequence[UUID]
) -> list[CreditRow]:
    """Read the credit balances above zero of some customers, unlocked."""
    return await tx.rows(
        _SQL["read_credit"], CreditRow, buckets=list(buckets), customer_ids=list(customer_ids)
    )


async def read_lots(tx: Tx, *, bucket: Bucket, customer_id: UUID) -> list[LotRow]:
    """Read the lots of a customer with something left, unlocked."""
    return await tx.rows(_SQL["read_lots"], LotRow, bucket=bucket, customer_id=customer_id)


async def find_lots(tx: Tx, *, bucket: Bucket, ids: Sequence[CreditLotId]) -> list[LotRow]:
    """Read some lots, whatever is left of them, unlocked."""
    return await tx.rows(_SQL["find_lots"], LotRow, bucket=bucket, ids=list(ids))


async def lock_lots(
    tx: Tx, *, buckets: Sequence[Bucket], customer_ids: Sequence[UUID]
) -> list[LotRow]:
    """Read and lock the lots of some customers that have something left."""
    return await tx.rows(
        _SQL["lock_lots"], LotRow, buckets=list(buckets), customer_ids=list(customer_ids)
    )


async def lock_lots_of_notes(
    tx: Tx, *, bucket: Bucket, customer_id: UUID, note_ids: Sequence[CreditNoteId]
) -> list[LotRow]:
    """Read and lock the lots that some credit notes gave a customer, whatever is left of them."""
    return await tx.rows(
        _SQL["lock_lots_of_notes"], LotRow, bucket=bucket, customer_id=customer_id,
        note_ids=list(note_ids),
    )  # fmt: skip


async def add_lots(tx: Tx, rows: Sequence[LotRow]) -> int:
    """Give customers credit."""
    return await tx.copy(_SQL["add_lots"], rows)


async def draw_lots(tx: Tx, rows: Sequence[DrawRow]) -> int:
    """Lower lots; raises ``CreditExhausted`` below zero."""
    return await tx.write(_SQL["draw_lots"], rows)


async def return_to_lots(tx: Tx, rows: Sequence[DrawRow]) -> int:
    """Put back into lots what was drawn from them."""
    return await tx.write(_SQL["return_to_lots"], rows)


async def read_issued(
    tx: Tx, *, buckets: Sequence[Bucket], source_ids: Sequence[UUID]
) -> list[TransferRow]:
    """Read what some invoices posted when they were issued."""
    return await tx.rows(
        _SQL["read_issued"], TransferRow, buckets=list(buckets), source_ids=list(source_ids)
    )


async def read_recognitions(tx: Tx, *, month: date) -> list[RecognitionRow]:
    """Read what the month that begins on ``month`` has been recognised for."""
    return await tx.rows(_SQL["read_recognitions"], RecognitionRow, month=month)


async def add_recognitions(tx: Tx, rows: Sequence[RecognitionRow]) -> int:
    """Name the sources of what a month earned; a second one is refused by the primary key."""
    return await tx.copy(_SQL["add_recognitions"], rows)


async def read_closed(tx: Tx) -> list[ClosedRow]:
    """Read the last month that each seller has closed; no row for one that closed none."""
    return await tx.rows(_SQL["read_closed"], ClosedRow)


async def read_period(tx: Tx, *, seller_code: str, month: date) -> PeriodRow | None:
    """Read what is known of a month of a seller's books; None while it is open."""
    return await tx.row(_SQL["read_period"], PeriodRow, seller_code=seller_code, month=month)


async def close_period(tx: Tx, row: PeriodRow) -> int:
    """Close a month; 0 when somebody else closed it first."""
    return await tx.execute(_SQL["close_period"], **row._asdict())


async def read_first_open_day(
    tx: Tx, *, seller_code: str, closed_through: date | None, before: date
) -> date | None:
    """Find the first day with transfers after the closed ones, if it is before a date."""
    found = await tx.row(
        _SQL["read_first_open_day"], FirstDayRow, seller_code=seller_code,
        closed_through=closed_through, before=before,
    )  # fmt: skip
    return None if found is None else found.booked_on


async def read_turnover(tx: Tx, *, seller_code: str, start: date, end: date) -> list[TurnoverRow]:
    """Sum what a seller booked in ``[start, end)``, by currency and account."""
    return await tx.rows(
        _SQL["read_turnover"], TurnoverRow, seller_code=seller_code, start=start, end=end
    )
