"""Statements of routing: rules, accounts, what can be charged there, and what was chosen."""

from collections.abc import Sequence
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, PaymentMethodId
from ledgerline.base.statements import statements
from ledgerline.payments.rows.instruments import InstrumentRow
from ledgerline.payments.rows.routing import (
    AccountPlaceRow,
    AccountStatusRow,
    DecisionRow,
    PolicyRow,
)

_SQL: Final = statements(__name__)


async def lock_accounts(tx: Tx) -> list[AccountStatusRow]:
    """Read all merchant accounts and make whoever loads rules or switches one wait."""
    return await tx.rows(_SQL["lock_accounts"], AccountStatusRow)


async def read_accounts(tx: Tx) -> list[AccountStatusRow]:
    """Read all merchant accounts."""
    return await tx.rows(_SQL["read_accounts"], AccountStatusRow)


async def read_places(tx: Tx) -> list[AccountPlaceRow]:
    """Read the merchant accounts that take new charges, with their sellers."""
    return await tx.rows(_SQL["read_places"], AccountPlaceRow)


async def add_policy(tx: Tx, row: PolicyRow) -> int:
    """Load routing rules as a new version, under the lock of all accounts."""
    return await tx.execute(_SQL["add_policy"], expect=1, **row._asdict())


async def read_policy(tx: Tx) -> list[PolicyRow]:
    """Read the routing rules that hold; none where nothing was loaded."""
    return await tx.rows(_SQL["read_policy"], PolicyRow)


async def read_instruments(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[PaymentMethodId]
) -> list[InstrumentRow]:
    """Read what some payment methods can be charged by, each in the order it was stored in."""
    return await tx.rows(
        _SQL["read_instruments"], InstrumentRow, buckets=list(buckets), ids=list(ids)
    )


async def add_decisions(tx: Tx, rows: Sequence[DecisionRow]) -> int:
    """Write down what was chosen, in the transaction of the act that it causes."""
    return await tx.copy(_SQL["add_decisions"], rows)
