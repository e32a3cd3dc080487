"""Statements of retry plans."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, PaymentId, SubscriptionId
from ledgerline.base.statements import statements
from ledgerline.payments.rows.plans import BrandRow, PlanRow

_SQL: Final = statements(__name__)


async def read_plans(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[PaymentId]
) -> list[PlanRow]:
    """Read the newest revision of the retry plans of some payments."""
    return await tx.rows(_SQL["read_plans"], PlanRow, buckets=list(buckets), ids=list(ids))


async def read_brands(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[PaymentId]
) -> list[BrandRow]:
    """Read by what some payments are paid."""
    return await tx.rows(_SQL["read_brands"], BrandRow, buckets=list(buckets), ids=list(ids))


async def add_plans(tx: Tx, rows: Sequence[PlanRow]) -> int:
    """Write the next revisions of retry plans."""
    return await tx.copy(_SQL["add_plans"], rows)


async def ask_now(tx: Tx, *, bucket: Bucket, subscription_id: SubscriptionId, now: datetime) -> int:
    """Write that the payer asks for a try of what is due now of a subscription; counts plans."""
    return await tx.execute(
        _SQL["ask_now"], bucket=bucket, subscription_id=subscription_id, now=now
    )
