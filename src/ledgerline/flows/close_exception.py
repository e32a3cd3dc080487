"""Close an exception as people decided it."""

from dataclasses import dataclass
from uuid import UUID

from ledgerline.base import cards
from ledgerline.base.ids import Bucket
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.payments import exceptions
from ledgerline.payments.refusals import ExceptionNotFound
from ledgerline.payments.rows.exceptions import DecidedRow
from ledgerline.payments.rules.exceptions import Reason, require_by_hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Which exception is closed, by whom, and what was decided or done, in their words."""

    bucket: Bucket
    subject_id: UUID
    reason: Reason
    by: str
    note: str


@repeated
async def close_exception(run: Run, decision: Decision) -> None:
    """Close an exception; it moves no money, and what was decided stays with it.

    Raises ``ExceptionNotClosable`` where only a fact ends it, ``ExceptionNotFound`` where none of
    this reason is open, and ``CardNumberRefused``.
    """
    require_by_hand(decision.reason)
    cards.refuse_cards([decision.note, decision.by])
    row = DecidedRow(
        bucket=decision.bucket,
        subject_id=decision.subject_id,
        reason=decision.reason,
        closed_at=run.now(),
        closed_by=decision.by,
        resolution=decision.note,
    )
    async with run.transaction() as tx:
        if not await exceptions.decide_exception(tx, row):
            raise ExceptionNotFound("nothing of this reason is open for it", reason=decision.reason)
