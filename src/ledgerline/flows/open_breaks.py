"""Tell people of lines that are not what our books say, and take it back once they are."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import PREFIXES, SettlementFileId, encode
from ledgerline.flows.bear_own_failures import NOBODY
from ledgerline.payments import exceptions
from ledgerline.payments.rows.exceptions import ClosedRow, ExceptionRow
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.reconciliation.model import PayoutState
from ledgerline.reconciliation.rows import LineRow, PayoutRow
from ledgerline.reconciliation.rules import telling
from ledgerline.reconciliation.rules.payouts import off_by

_REASONS: Final = (
    Reason.LINE_UNMATCHED, Reason.LINE_MISMATCH, Reason.DUPLICATE_CAPTURE, Reason.DUPLICATE_REFUND,
)  # fmt: skip


async def open_breaks_in(
    tx: Tx, lines: Iterable[LineRow], *, psp_account: str, now: datetime
) -> int:
    """Open one exception a broken line; counts those that are new. Safe to repeat."""
    rows = [
        ExceptionRow(
            bucket=NOBODY,
            subject_id=line.id,
            reason=reason,
            detail=telling.of_line(
                line, name=name_of(line.file_id, line.line_no), psp_account=psp_account
            ),
            opened_at=now,
        )
        for line in lines
        if line.id is not None and (reason := telling.reason_of(line)) is not None
    ]
    return len(await exceptions.add_exceptions(tx, rows)) if rows else 0


async def close_breaks_in(tx: Tx, lines: Iterable[LineRow], *, now: datetime) -> int:
    """Close the exceptions of lines that are explained or taken back; counts them."""
    closed = [
        ClosedRow(NOBODY, line.id, reason)
        for line in lines
        if line.id is not None
        for reason in _REASONS
    ]
    return await exceptions.close_exceptions(tx, closed, now=now)


async def tell_of_bank_in(tx: Tx, payout: PayoutRow, *, now: datetime) -> None:
    """Tell people of a payout of which another amount came; take it back where it fits.

    Whatever happened to it, its money is missed no more; a week later it is looked for again.
    """
    if payout.state != PayoutState.ANNOUNCED:
        missed = [ClosedRow(NOBODY, payout.id, Reason.PAYOUT_MISSING)]
        await exceptions.close_exceptions(tx, missed, now=now)
    if not off_by(payout):
        closed = [ClosedRow(NOBODY, payout.id, Reason.BANK_DIFFERS)]
        await exceptions.close_exceptions(tx, closed, now=now)
        return
    told = ExceptionRow(
        bucket=NOBODY,
        subject_id=payout.id,
        reason=Reason.BANK_DIFFERS,
        detail=telling.of_bank(payout),
        opened_at=now,
    )
    await exceptions.add_exceptions(tx, [told])


def name_of(file_id: SettlementFileId, line_no: int) -> str:
    """Return what people call a line: its file and its number in it."""
    return f"{encode(PREFIXES['settlement_file'], file_id)}:{line_no}"
