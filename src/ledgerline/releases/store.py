"""Statements of the data sets' own tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from ledgerline.base.db import ReadTx, Tx
from ledgerline.base.errors import Rejected
from ledgerline.base.statements import statements
from ledgerline.releases.refusals import CloseOvertaken, ExportOvertaken, ReleaseOvertaken
from ledgerline.releases.rows import (
    CloseRow,
    HeadlineRow,
    IntervalRow,
    LeaseRow,
    OutcomeRow,
    OutwornRow,
    ReleaseRow,
    RestatedRow,
)

REFUSALS: Final[dict[str, type[Rejected]]] = {
    "dataset_close_pk": CloseOvertaken,
    "dataset_interval_pk": ExportOvertaken,
    "dataset_release_pk": ReleaseOvertaken,
}
_SQL: Final = statements(__name__, refusals=REFUSALS)


async def read_intervals(read: ReadTx) -> list[IntervalRow]:
    """Read all closed intervals that are not retired, in order."""
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


async def put_headline(tx: Tx, row: HeadlineRow) -> int:
    """Keep what a new release says in short, in place of what the one before said."""
    return await tx.execute(_SQL["put_headline"], expect=1, **row._asdict())


async def add_release(tx: Tx, row: ReleaseRow) -> int:
    """Make a release the current one; ``ReleaseOvertaken`` if another build did."""
    return await tx.execute(_SQL["add_release"], expect=1, **row._asdict())


async def read_release(read: ReadTx, *, no: int) -> ReleaseRow | None:
    """Read one release."""
    return await read.row(_SQL["read_release"], ReleaseRow, no=no)


async def read_named_releases(read: ReadTx, *, since: datetime) -> list[ReleaseRow]:
    """Read all releases that were not retired before ``since``, the current one first.

    What their checks found is left out.
    """
    return await read.rows(_SQL["read_named_releases"], ReleaseRow, since=since)


async def read_restated(read: ReadTx) -> list[RestatedRow]:
    """Read which months releases built again, in order."""
    return await read.rows(_SQL["read_restated"], RestatedRow)


async def read_closes(read: ReadTx) -> list[CloseRow]:
    """Read all closes, by month and number."""
    return await read.rows(_SQL["read_closes"], CloseRow)


async def add_close(tx: Tx, row: CloseRow) -> int:
    """Close a month; returns 0 where its release is not the current one.

    Raises ``CloseOvertaken`` if it was closed meanwhile.
    """
    return await tx.execute(_SQL["add_close"], **row._asdict())


async def read_outworn_releases(read: ReadTx, *, before: datetime) -> list[OutwornRow]:
    """Read which releases ``retire_releases`` would retire."""
    return await read.rows(_SQL["read_outworn_releases"], OutwornRow, before=before)


async def retire_releases(tx: Tx, *, before: datetime) -> int:
    """Retire what another release took the place of before then, and what closed no month."""
    return await tx.execute(_SQL["retire_releases"], before=before)


async def retire_intervals(tx: Tx, *, anew: int) -> int:
    """Retire the intervals before ``anew``, which read everything once more."""
    return await tx.execute(_SQL["retire_intervals"], anew=anew)


async def read_retired_intervals(read: ReadTx, *, since: datetime) -> list[IntervalRow]:
    """Read the intervals that were retired since then."""
    return await read.rows(_SQL["read_retired_intervals"], IntervalRow, since=since)


async def take_lease(tx: Tx, *, name: str, token: UUID, holder: str, seconds: int) -> bool:
    """Take the lease for some seconds; False while somebody holds it."""
    return (
        await tx.execute(_SQL["take_lease"], name=name, token=token, holder=holder, seconds=seconds)
        == 1
    )


async def extend_lease(tx: Tx, *, name: str, token: UUID, seconds: int) -> bool:
    """Hold on to the lease; False once it ran out."""
    return await tx.execute(_SQL["extend_lease"], name=name, token=token, seconds=seconds) == 1


async def give_lease_back(tx: Tx, *, name: str, token: UUID) -> int:
    """Let others take the lease."""
    return await tx.execute(_SQL["give_lease_back"], name=name, token=token)


async def hold_lease(tx: Tx, *, name: str, token: UUID) -> LeaseRow | None:
    """Read the lease if it is still held by ``token``, and keep it so until the commit."""
    return await tx.row(_SQL["hold_lease"], LeaseRow, name=name, token=token)


async def read_lease(read: ReadTx, *, name: str) -> LeaseRow | None:
    """Read who holds the lease; None when nobody does."""
    return await read.row(_SQL["read_lease"], LeaseRow, name=name)


async def add_outcome(tx: Tx, row: OutcomeRow) -> int:
    """Say what a run came to."""
    return await tx.execute(_SQL["add_outcome"], expect=1, **row._asdict())


async def read_outcomes(read: ReadTx, *, limit: int) -> list[OutcomeRow]:
    """Read what the newest runs came to, the last one first."""
    return await read.rows(_SQL["read_outcomes"], OutcomeRow, limit=limit)


async def read_last_good(read: ReadTx) -> OutcomeRow | None:
    """Read the last run after which the release was as new as the database."""
    return await read.row(_SQL["read_last_good"], OutcomeRow)
