"""Statements of routing: which rules hold, and which accounts there are."""

from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.statements import statements
from ledgerline.payments.rows.routing import AccountStatusRow, PolicyRow

_SQL: Final = statements(__name__)


async def lock_accounts(tx: Tx) -> list[AccountStatusRow]:
    """Read all merchant accounts and make whoever loads rules or switches one wait."""
    return await tx.rows(_SQL["lock_accounts"], AccountStatusRow)


async def read_accounts(tx: Tx) -> list[AccountStatusRow]:
    """Read all merchant accounts."""
    return await tx.rows(_SQL["read_accounts"], AccountStatusRow)


async def add_policy(tx: Tx, row: PolicyRow) -> int:
    """Load routing rules as a new version, under the lock of all accounts."""
    return await tx.execute(_SQL["add_policy"], expect=1, **row._asdict())


async def read_policy(tx: Tx) -> list[PolicyRow]:
    """Read the routing rules that hold; none where nothing was loaded."""
    return await tx.rows(_SQL["read_policy"], PolicyRow)
