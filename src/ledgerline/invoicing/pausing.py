"""Statements of pauses of billing, and of what billing runs set aside."""

from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.statements import statements
from ledgerline.invoicing.rows.pausing import NewPauseRow, ParkedKeyRow, PauseRow, ResumedRow

_SQL: Final = statements(__name__)


class _HeldRow(NamedTuple):
    held: bool


class _WaitRow(NamedTuple):
    lock_timeout: str


async def share_billing(tx: Tx) -> list[PauseRow]:
    """Bill beside other batches until this transaction ends; return the pause that holds, if any.

    Whoever pauses waits for this transaction, so what it sees holds until it commits.
    """
    async with tx.pipeline():
        await tx.rows(_SQL["share_billing"], _HeldRow)
        return await open_pause(tx)


async def hold_billing(tx: Tx) -> list[PauseRow]:
    """Wait until no batch is on its way, and let none begin; return the pause that holds, if any.

    At most eight seconds: then ``TryAgain`` is raised.
    """
    async with tx.pipeline():
        await tx.rows(_SQL["wait_longer"], _WaitRow)
        await tx.rows(_SQL["hold_billing"], _HeldRow)
        return await open_pause(tx)


async def open_pause(tx: Tx) -> list[PauseRow]:
    """Read the pause that nobody has ended: one at most."""
    return await tx.rows(_SQL["open_pause"], PauseRow)


async def begin_pause(tx: Tx, row: NewPauseRow) -> int:
    """Begin a pause; there is one at a time."""
    return await tx.execute(_SQL["begin_pause"], expect=1, **row._asdict())


async def end_pause(tx: Tx, row: ResumedRow) -> int:
    """End a pause; 0 when it is over or was none."""
    return await tx.execute(_SQL["end_pause"], **row._asdict())


async def parked_for(tx: Tx, *, reason: str, limit: int) -> list[ParkedKeyRow]:
    """Read what is set aside for a reason, the longest first."""
    return await tx.rows(_SQL["parked_for"], ParkedKeyRow, reason=reason, limit=limit)
