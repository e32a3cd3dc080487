"""Statements of customers."""

from collections.abc import Sequence
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, CustomerId
from ledgerline.base.statements import statements
from ledgerline.customers.model import TrialAlreadyUsed
from ledgerline.customers.rows import (
    CustomerRow,
    NewCustomerRow,
    RedemptionRow,
    TrialRow,
)

REFUSALS: Final = {"trial_redemption_pk": TrialAlreadyUsed}
_SQL: Final = statements(__name__, refusals=REFUSALS)


async def add_customer(tx: Tx, row: NewCustomerRow) -> int:
    """Insert a customer."""
    return await tx.execute(_SQL["add_customer"], expect=1, **row._asdict())


async def add_customer_key(
    tx: Tx, *, bucket: Bucket, customer_id: CustomerId, wrapped: bytes
) -> int:
    """Store a customer's wrapped data key."""
    return await tx.execute(
        _SQL["add_customer_key"], expect=1, bucket=bucket, customer_id=customer_id, wrapped=wrapped
    )


async def lock_customers(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[CustomerId]
) -> list[CustomerRow]:
    """Read and lock some customers."""
    return await tx.rows(_SQL["lock_customers"], CustomerRow, buckets=list(buckets), ids=list(ids))


async def read_customers(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[CustomerId]
) -> list[CustomerRow]:
    """Read some customers."""
    return await tx.rows(_SQL["read_customers"], CustomerRow, buckets=list(buckets), ids=list(ids))


async def redeem_trial(tx: Tx, row: RedemptionRow) -> int:
    """Spend a trial; ``TrialAlreadyUsed`` when the customer had one in this family."""
    return await tx.execute(_SQL["redeem_trial"], expect=1, **row._asdict())


async def read_trials(tx: Tx, *, bucket: Bucket, customer_id: CustomerId) -> list[TrialRow]:
    """Read the families in which a customer has had a trial."""
    return await tx.rows(_SQL["read_trials"], TrialRow, bucket=bucket, customer_id=customer_id)
