"""Statements of purchases."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, CheckoutId, CustomerId, PurchaseId
from ledgerline.base.statements import statements
from ledgerline.purchases.rows import (
    CheckoutRow,
    CouponTriesRow,
    FoundPurchaseRow,
    NewPurchaseRow,
    PurchaseStepRow,
)

_SQL: Final = statements(__name__)


async def add_purchase(tx: Tx, row: NewPurchaseRow) -> int:
    """Insert a purchase."""
    return await tx.execute(_SQL["add_purchase"], expect=1, **row._asdict())


async def step(tx: Tx, rows: Sequence[PurchaseStepRow]) -> int:
    """Move purchases; one that ended before is passed over."""
    return await tx.write(_SQL["step"], rows, each=False)


async def find_purchase(tx: Tx, *, bucket: Bucket, id: PurchaseId) -> FoundPurchaseRow | None:
    """Find a purchase and what it made, unlocked."""
    return await tx.row(_SQL["find_purchase"], FoundPurchaseRow, bucket=bucket, id=id)


async def add_checkout(tx: Tx, row: CheckoutRow) -> int:
    """Insert a checkout session."""
    return await tx.execute(_SQL["add_checkout"], expect=1, **row._asdict())


async def lock_checkout(tx: Tx, *, bucket: Bucket, id: CheckoutId) -> CheckoutRow | None:
    """Read and lock a checkout session."""
    return await tx.row(_SQL["lock_checkout"], CheckoutRow, bucket=bucket, id=id)


async def close_checkout(tx: Tx, *, bucket: Bucket, id: CheckoutId, now: datetime) -> int:
    """Close a checkout session; one that is closed stays as it is."""
    return await tx.execute(_SQL["close_checkout"], bucket=bucket, id=id, now=now)


async def revise_checkout(
    tx: Tx, *, bucket: Bucket, id: CheckoutId, coupon_code: str | None, add_ons: str
) -> int:
    """Keep what the buyer changed of an order; its lock is held."""
    return await tx.execute(
        _SQL["revise_checkout"], expect=1, bucket=bucket, id=id, coupon_code=coupon_code,
        add_ons=add_ons,
    )  # fmt: skip


async def count_coupon_try(tx: Tx, *, bucket: Bucket, id: CheckoutId) -> int:
    """Count one more coupon code that is typed at a session."""
    return await tx.execute(_SQL["count_coupon_try"], expect=1, bucket=bucket, id=id)


async def read_coupon_tries(
    tx: Tx, *, bucket: Bucket, id: CheckoutId, customer_id: CustomerId, since: datetime
) -> CouponTriesRow | None:
    """Read how many codes were typed at a session, and at those of its customer since."""
    return await tx.row(
        _SQL["read_coupon_tries"], CouponTriesRow, bucket=bucket, id=id, customer_id=customer_id,
        since=since,
    )  # fmt: skip


async def bought_by_checkout(tx: Tx, *, bucket: Bucket, id: CheckoutId) -> FoundPurchaseRow | None:
    """Find the purchase of a checkout session that has not failed."""
    return await tx.row(_SQL["bought_by_checkout"], FoundPurchaseRow, bucket=bucket, id=id)
