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
    NamedPayoutRow,
    PayoutRow,
    PayoutStepRow,
    ReversedRow,
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


async def find_payouts(
    tx: Tx, *, psp_account: str, references: Sequence[str]
) -> list[NamedPayoutRow]:
    """Find and lock payouts of an account by the names that its provider gives them."""
    return await tx.rows(
        _SQL["find_payouts"], NamedPayoutRow, psp_account=psp_account, references=list(references)
    )


async def read_reversed(tx: Tx, *, file_id: SettlementFileId) -> list[ReversedRow]:
    """Name the payouts that lines of a file put back into the balance."""
    return await tx.rows(_SQL["read_reversed"], ReversedRow, file_id=file_id)


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


async def lock_payout_by_id(tx: Tx, *, id: UUID) -> PayoutRow | None:
    """Read and lock a payout."""
    return await tx.row(_SQL["lock_payout_by_id"], PayoutRow, id=id)


async def read_missed_payouts(tx: Tx, *, before: date, limit: int) -> list[PayoutRow]:
    """Read payouts whose money was last seen before a day, and is nowhere; the oldest first."""
    return await tx.rows(_SQL["read_missed_payouts"], PayoutRow, before=before, limit=limit)


async def move_payout(tx: Tx, row: PayoutRow) -> int:
    """Say where a payout stands after its next step."""
    return await tx.execute(_SQL["move_payout"], expect=1, **row._asdict())


async def add_payout_steps(tx: Tx, rows: Sequence[PayoutStepRow]) -> int:
    """Keep what happened to payouts."""
    return await tx.copy(_SQL["add_payout_steps"], rows)


async def read_spans(tx: Tx, *, psp_account: str) -> list[SpanRow]:
    """Read the days of an account's last files in the books, the newest first."""
    return await tx.rows(_SQL["read_spans"], SpanRow, psp_account=psp_account)
