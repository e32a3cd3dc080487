"""What entry points show of settlement files and payouts."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import SettlementFileId
from ledgerline.base.statements import statements
from ledgerline.reconciliation.rows import (
    FileView,
    FileVolumeRow,
    PayoutRow,
    PayoutsAsked,
    PayoutStepRow,
    UnmatchedLineView,
    VolumeRow,
)

_SQL: Final = statements(__name__)


async def payouts(read: ReadTx, asked: PayoutsAsked) -> list[PayoutRow]:
    """Read a page of payouts, those announced last first."""
    return await read.rows(_SQL["payouts"], PayoutRow, **asked._asdict())


async def payout(read: ReadTx, *, id: UUID) -> PayoutRow | None:
    """Read one payout."""
    return await read.row(_SQL["payout"], PayoutRow, id=id)


async def payout_steps(read: ReadTx, *, payout_id: UUID) -> list[PayoutStepRow]:
    """Read what happened to a payout, in order."""
    return await read.rows(_SQL["payout_steps"], PayoutStepRow, payout_id=payout_id)


async def volumes(read: ReadTx, *, psp_account: str | None) -> list[VolumeRow]:
    """Read what moved at accounts and what of it is explained, by currency."""
    return await read.rows(_SQL["volumes"], VolumeRow, psp_account=psp_account)


async def volumes_of(read: ReadTx, file_ids: Sequence[SettlementFileId]) -> list[FileVolumeRow]:
    """Read what moved in some files and what of it is explained, by currency."""
    return await read.rows(_SQL["volumes_of"], FileVolumeRow, file_ids=list(file_ids))


async def files(
    read: ReadTx, *, psp_account: str | None, before: UUID | None, limit: int
) -> list[FileView]:
    """Read a page of settlement files, the newest first: those before that of an id."""
    return await read.rows(
        _SQL["files"], FileView, psp_account=psp_account, before=before, limit=limit
    )


async def file(read: ReadTx, *, id: UUID) -> FileView | None:
    """Read one settlement file."""
    return await read.row(_SQL["file"], FileView, id=id)


async def unmatched_lines(
    read: ReadTx, *, file_id: UUID, after: int, limit: int
) -> list[UnmatchedLineView]:
    """Read a page of the lines of a file that are not matched, those after a number."""
    return await read.rows(
        _SQL["unmatched_lines"], UnmatchedLineView, file_id=file_id, after=after, limit=limit
    )
