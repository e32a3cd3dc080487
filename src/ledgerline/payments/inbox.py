"""Statements of webhooks that people have applied again."""

from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.statements import statements
from ledgerline.payments.rows.inbox import StandingInboxRow

_SQL: Final = statements(__name__)


async def read_psp_event(tx: Tx, *, psp_account: str, event_key: str) -> StandingInboxRow | None:
    """Read a webhook."""
    return await tx.row(
        _SQL["read_psp_event"], StandingInboxRow, psp_account=psp_account, event_key=event_key
    )


async def wake_psp_event(tx: Tx, *, psp_account: str, event_key: str, due_at: datetime) -> int:
    """Have a webhook looked at from an instant on; 0 where it neither waits nor was given up."""
    return await tx.execute(
        _SQL["wake_psp_event"], psp_account=psp_account, event_key=event_key, due_at=due_at
    )
