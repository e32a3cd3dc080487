"""Statements of reconciliation."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import SettlementFileId
from ledgerline.base.statements import statements
from ledgerline.reconciliation.refusals import SettlementFileKnown
from ledgerline.reconciliation.rows import (
    DisputeLineRow,
    ExplainedRow,
    FileRow,
    HeldRow,
    LineRow,
    MatchRow,
    PayoutRow,
    SpanRow,
    TakenRow,
    TotalRow,
)

REFUSALS: Final[dict[str, type[Rejected]]] = {"settlement_file_reference": SettlementFileKnown}
_SQL: Final = statements(__name__, refusals=REFUSALS)


async def hold_account(tx: Tx, *, psp_account: str) -> bool:
    """Hold the lines of an account until the transaction ends: one changes them at a time."""
    row = await tx.row(_SQL["hold_account"], HeldRow, psp_account=psp_account)
    return row is not None and row.held


async def find_file(tx: Tx, *, psp_account: str, sha256: bytes) -> FileRow | None:
    """Find the file of an account that has this content."""
    return await tx.row(_SQL["find_file"], FileRow, psp_account=psp_account, sha256=sha256)


async def read_file(tx: Tx, *, id: SettlementFileId) -> FileRow | None:
    """Read a file."""
    return await tx.row(_SQL["read_file"], FileRow, id=id)


async def find_quarantined(tx: Tx, *, psp_account: str, reference: str) -> list[FileRow]:
    """Find the files of a payout that did not add up."""
    return await tx.rows(
        _SQL["find_quarantined"], FileRow, psp_account=psp_account, reference=reference
    )


async def add_file(tx: Tx, row: FileRow) -> int:
    """Keep a file; a second one of a payout is ``SettlementFileKnown``."""
    return await tx.execute(_SQL["add_file"], expect=1, **row._asdict())


async def replace_file(tx: Tx, *, id: SettlementFileId, now: datetime) -> int:
    """Say that another file corrects this one, which is in the books."""
    return await tx.execute(_SQL["replace_file"], expect=1, id=id, now=now)


async def add_lines(tx: Tx, rows: Sequence[LineRow]) -> int:
    """Keep lines."""
    return await tx.copy(_SQL["add_lines"], rows)


async def find_line(tx: Tx, *, id: UUID) -> LineRow | None:
    """Find a line that is decided about alone."""
    return await tx.row(_SQL["find_line"], LineRow, id=id)


async def add_totals(tx: Tx, rows: Sequence[TotalRow]) -> int:
    """Keep what the lines of a file come to."""
    return await tx.copy(_SQL["add_totals"], rows)


async def read_totals(tx: Tx, *, file_id: SettlementFileId) -> list[TotalRow]:
    """Read what the lines of a file come to."""
    return await tx.rows(_SQL["read_totals"], TotalRow, file_id=file_id)


async def add_explained(tx: Tx, rows: Sequence[ExplainedRow]) -> int:
    """Count what more of files is explained."""
    return await tx.write(_SQL["add_explained"], rows)


async def read_taken(
    tx: Tx, *, subject_ids: Sequence[UUID], but_for: SettlementFileId | None
) -> list[TakenRow]:
    """Read which of some charges and refunds have lines in the books, but for those of a file."""
    return await tx.rows(
        _SQL["read_taken"], TakenRow, subject_ids=list(subject_ids), but_for=but_for
    )


async def read_dispute_lines(
    tx: Tx, *, subject_ids: Sequence[UUID], but_for: SettlementFileId | None
) -> list[DisputeLineRow]:
    """Read the lines in the books that are of disputes of some charges, but for those of a file."""
    return await tx.rows(
        _SQL["read_dispute_lines"], DisputeLineRow, subject_ids=list(subject_ids), but_for=but_for
    )


async def read_open_lines(
    tx: Tx, *, psp_account: str, after_file: SettlementFileId, after_line: int, limit: int
) -> list[LineRow]:
    """Read lines of an account in the books that may still become matched."""
    return await tx.rows(
        _SQL["read_open_lines"], LineRow, psp_account=psp_account, after_file=after_file,
        after_line=after_line, limit=limit,
    )  # fmt: skip


async def read_alone(tx: Tx, *, file_id: SettlementFileId) -> list[LineRow]:
    """Read the lines of a file that are posted or decided about alone."""
    return await tx.rows(_SQL["read_alone"], LineRow, file_id=file_id)


async def rematch(tx: Tx, rows: Sequence[MatchRow]) -> int:
    """Say what lines turned out to be."""
    return await tx.write(_SQL["rematch"], rows)


async def put_payout(tx: Tx, row: PayoutRow) -> int:
    """Announce a payout, or say what it is by a corrected file; the bank's line stays."""
    return await tx.execute(_SQL["put_payout"], expect=1, **row._asdict())


async def lock_payout(
    tx: Tx, *, reference: str, psp_account: str | None, currency: str | None
) -> list[PayoutRow]:
    """Read and lock the payouts of a name; of all accounts and currencies where None is given."""
    return await tx.rows(
        _SQL["lock_payout"], PayoutRow, reference=reference, psp_account=psp_account,
        currency=currency,
    )  # fmt: skip


async def read_missed_payouts(tx: Tx, *, announced_before: date, limit: int) -> list[PayoutRow]:
    """Read payouts that were announced earlier and did not arrive, the oldest first."""
    return await tx.rows(
        _SQL["read_missed_payouts"], PayoutRow, announced_before=announced_before, limit=limit
    )


async def pay_out(tx: Tx, *, id: UUID, paid_on: date, bank_minor: int, bank_note: str) -> int:
    """Note the line of the bank."""
    return await tx.execute(
        _SQL["pay_out"], expect=1, id=id, paid_on=paid_on, bank_minor=bank_minor,
        bank_note=bank_note,
    )  # fmt: skip


async def read_spans(tx: Tx, *, psp_account: str) -> list[SpanRow]:
    """Read the days of an account's last files in the books, the newest first."""
    return await tx.rows(_SQL["read_spans"], SpanRow, psp_account=psp_account)
