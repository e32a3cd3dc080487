"""Set aside the one row of a batch that is refused, so that the others go on."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.errors import ConstraintViolated, Rejected
from ledgerline.base.ids import Bucket
from ledgerline.base.log import logger
from ledgerline.payments import exceptions
from ledgerline.payments.rows.exceptions import ExceptionRow
from ledgerline.payments.rules.exceptions import Reason

AGAIN_AFTER: Final = timedelta(days=1)
Row = TypeVar("Row")
Refusal = Rejected | ConstraintViolated
_log: Final = logger(__name__)


async def set_aside(
    rows: Sequence[Row],
    work: Callable[[Sequence[Row]], Awaitable[int]],
    *,
    aside: Callable[[Row, Refusal], Awaitable[None]],
) -> int:
    """Do ``work`` on a batch, which is one transaction; return how much it did.

    Where it is refused, the halves are done apart, down to the one row that is refused alone, which
    is set ``aside`` with what it was. Any other failure is raised.
    """
    if not rows:
        return 0
    try:
        return await work(rows)
    except (Rejected, ConstraintViolated) as failure:
        if len(rows) == 1:
            await aside(rows[0], failure)
            return 0
    middle = len(rows) // 2
    done = await set_aside(rows[:middle], work, aside=aside)
    return done + await set_aside(rows[middle:], work, aside=aside)


async def set_aside_in(
    tx: Tx, *, bucket: Bucket, subject_id: UUID, what: str, why: Refusal, now: datetime
) -> None:  # fmt: skip
    """Tell people what was refused; their word closes it, and a day later it is tried again."""
    _log.error("set aside", subject=str(subject_id), what=what, why=str(why))
    row = ExceptionRow(
        bucket=bucket,
        subject_id=subject_id,
        reason=Reason.SET_ASIDE,
        detail=f"{what}: {why}",
        opened_at=now,
    )
    await exceptions.add_exceptions(tx, [row])
