"""Statements of what payers do with their payment methods and payments."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import (
    Bucket,
    InvoiceId,
    PaymentId,
    PaymentMethodId,
    RefundId,
    SubscriptionId,
)
from ledgerline.base.statements import statements
from ledgerline.payments.rows.instruments import MethodUseRow
from ledgerline.payments.rows.payments import PayerTryRow
from ledgerline.payments.rows.refunds import KeptPaymentRow, PaidOutRow, RefundDrawRow

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


async def lock_kept_payments(
    tx: Tx, *, bucket: Bucket, invoice_ids: Sequence[InvoiceId]
) -> list[KeptPaymentRow]:
    """Lock the payments of some invoices that have money left."""
    return await tx.rows(
        _SQL["lock_kept_payments"], KeptPaymentRow, bucket=bucket, invoice_ids=list(invoice_ids)
    )


async def add_draws(tx: Tx, rows: Sequence[RefundDrawRow]) -> int:
    """Keep what refunds of credit take of its lots."""
    return await tx.copy(_SQL["add_draws"], rows)


async def read_draws(tx: Tx, *, bucket: Bucket, refund_id: RefundId) -> list[RefundDrawRow]:
    """Read what a refund of credit took of its lots."""
    return await tx.rows(_SQL["read_draws"], RefundDrawRow, bucket=bucket, refund_id=refund_id)


async def read_payout(tx: Tx, *, bucket: Bucket, payout_id: RefundId) -> list[PaidOutRow]:
    """Read the refunds of a pay-out, which is named by the first of them."""
    return await tx.rows(_SQL["read_payout"], PaidOutRow, bucket=bucket, payout_id=payout_id)
