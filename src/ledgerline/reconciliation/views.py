"""What entry points show of payouts."""

from typing import Final
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.statements import statements
from ledgerline.reconciliation.rows import PayoutRow, PayoutsAsked, PayoutStepRow

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
