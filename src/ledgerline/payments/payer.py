"""Statements of what payers do with their payment methods and payments."""

from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import (
    Bucket,
    PaymentId,
    PaymentMethodId,
    SubscriptionId,
)
from ledgerline.base.statements import statements
from ledgerline.payments.rows.instruments import MethodUseRow
from ledgerline.payments.rows.payments import PayerTryRow

_SQL: Final = statements(__name__)


async def mark_tried_by_payer(tx: Tx, *, bucket: Bucket, id: PaymentId, tries: int) -> int:
    """Count a try of the payer and take the payment off the calendar while it runs."""
    return await tx.execute(_SQL["mark_tried_by_payer"], bucket=bucket, id=id, tries=tries)


async def count_payer_tries(
    tx: Tx, *, bucket: Bucket, payment_id: PaymentId, since: datetime
) -> int:
    """Count how often the payer tried a payment since an instant."""
    row = await tx.row(
        _SQL["count_payer_tries"], PayerTryRow, bucket=bucket, payment_id=payment_id, since=since
    )
    assert row is not None, payment_id
    return row.tries


async def use_method(
    tx: Tx,
    *,
    bucket: Bucket,
    subscription_id: SubscriptionId,
    payment_method_id: PaymentMethodId,
    now: datetime,
) -> int:
    """Let a method pay all that a subscription owes; return how many payments that is."""
    return await tx.execute(
        _SQL["use_method"], bucket=bucket, subscription_id=subscription_id,
        payment_method_id=payment_method_id, now=now,
    )  # fmt: skip


async def read_method_use(
    tx: Tx, *, bucket: Bucket, payment_method_id: PaymentMethodId
) -> list[MethodUseRow]:
    """Read which payments still rest on a payment method, at most twenty."""
    return await tx.rows(
        _SQL["read_method_use"], MethodUseRow, bucket=bucket, payment_method_id=payment_method_id,
    )  # fmt: skip


async def detach_instruments(tx: Tx, *, bucket: Bucket, payment_method_id: PaymentMethodId) -> int:
    """Delete what a payment method is charged by."""
    return await tx.execute(
        _SQL["detach_instruments"], bucket=bucket, payment_method_id=payment_method_id
    )
