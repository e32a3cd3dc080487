"""Statements of what customers are charged by unless something else is named."""

from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, CustomerId, PaymentMethodId
from ledgerline.base.statements import statements
from ledgerline.payments.rows.instruments import DefaultRow

_SQL: Final = statements(__name__)


async def read_default(tx: Tx, *, bucket: Bucket, customer_id: CustomerId) -> DefaultRow | None:
    """Read the default method of a customer, under the customer's lock where it must stay."""
    return await tx.row(_SQL["read_default"], DefaultRow, bucket=bucket, customer_id=customer_id)


async def put_default(tx: Tx, row: DefaultRow) -> int:
    """Set the default method of a customer."""
    return await tx.execute(_SQL["put_default"], expect=1, **row._asdict())


async def forget_default(tx: Tx, *, bucket: Bucket, customer_id: CustomerId) -> int:
    """Take the default of a customer away; counts it, if there was one."""
    return await tx.execute(_SQL["forget_default"], bucket=bucket, customer_id=customer_id)


async def read_other_method(
    tx: Tx, *, bucket: Bucket, customer_id: CustomerId, but: PaymentMethodId
) -> DefaultRow | None:
    """Read the newest method of a customer that can be charged, but for one."""
    return await tx.row(
        _SQL["read_other_method"], DefaultRow, bucket=bucket, customer_id=customer_id, but=but
    )
