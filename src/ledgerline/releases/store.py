"""Statements of the data sets' own tables."""

from collections.abc import Sequence
from typing import Final

from ledgerline.base.db import ReadTx, Tx
from ledgerline.base.errors import Rejected
from ledgerline.base.statements import statements
from ledgerline.releases.refusals import ExportOvertaken, ReleaseOvertaken
from ledgerline.releases.rows import IntervalRow, ReleaseRow

REFUSALS: Final[dict[str, type[Rejected]]] = {
    "dataset_interval_pk": ExportOvertaken,
    "dataset_release_pk": ReleaseOvertaken,
}
_SQL: Final = statements(__name__, refusals=REFUSALS)


async def read_intervals(read: ReadTx) -> list[IntervalRow]:
    """Read all closed intervals in order."""
    return await read.rows(_SQL["read_intervals"], IntervalRow)


async def add_interval(tx: Tx, row: IntervalRow) -> int:
    """Close an interval; ``ExportOvertaken`` if another export did."""
    return await tx.execute(_SQL["add_interval"], expect=1, **row._asdict())


async def read_releases(read: ReadTx, *, limit: int) -> list[ReleaseRow]:
    """Read the newest releases, the current one first."""
    return await read.rows(_SQL["read_releases"], ReleaseRow, limit=limit)


async def read_numbered(read: ReadTx, *, nos: Sequence[int]) -> list[ReleaseRow]:
    """Read releases of some numbers, in order; one that was never made is not among them."""
    return await read.rows(_SQL["read_numbered"], ReleaseRow, nos=nos)


async def add_release(tx: Tx, row: ReleaseRow) -> int:
    """Make a release the current one; ``ReleaseOvertaken`` if another build did."""
    return await tx.execute(_SQL["add_release"], expect=1, **row._asdict())
