"""Statements of entitlements."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.statements import statements
from ledgerline.entitlements.rows import CoverRow, EndedCoverRow, LongerRow, PaidRow, ProvenRow

_SQL: Final = statements(__name__)


async def add_covers(tx: Tx, rows: Sequence[CoverRow]) -> int:
    """Add cover; a second row with the same start is refused."""
    return await tx.copy(_SQL["add_covers"], rows)


async def prove_covers(tx: Tx, rows: Sequence[ProvenRow]) -> int:
    """Turn the cover of paid invoices into paid cover."""
    return await tx.write(_SQL["prove_covers"], rows, each=False)


async def doubt_covers(tx: Tx, row: ProvenRow) -> int:
    """Let the cover of an invoice whose payment was taken back count as grace."""
    return await tx.execute(_SQL["doubt_covers"], **row._asdict())


async def extend_grace(tx: Tx, rows: Sequence[LongerRow], *, now: datetime) -> int:
    """Let the grace of unpaid invoices that lasts still last longer, never beyond their period."""
    return await tx.write(_SQL["extend_grace"], rows, each=False, now=now)


async def read_paid(tx: Tx, rows: Sequence[EndedCoverRow]) -> list[PaidRow]:
    """Find which of some subscriptions have paid cover beyond the instant of their row."""
    return await tx.rows(
        _SQL["read_paid"],
        PaidRow,
        bucket=[row.bucket for row in rows],
        subscription_id=[row.subscription_id for row in rows],
        ended_at=[row.ended_at for row in rows],
        first_month=[row.first_month for row in rows],
        last_month=[row.last_month for row in rows],
    )


async def end_covers(tx: Tx, rows: Sequence[EndedCoverRow], *, components: list[str] | None) -> int:
    """Cut cover that lasts beyond the end of service; what would begin then is dropped.

    Of all components, or of some.
    """
    return await tx.write(_SQL["end_covers"], rows, each=False, components=components)
