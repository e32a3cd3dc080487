"""Statements of what payers do with their payment methods and payments."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import (
    AttemptId,
    Bucket,
    InvoiceId,
    PaymentId,
    PaymentMethodId,
    RefundId,
    SubscriptionId,
)
from ledgerline.base.statements import statements
from ledgerline.payments.rows.attempts import ActingRow, AuthenticationRow, LookRow
from ledgerline.payments.rows.instruments import MethodUseRow, TokenRow
from ledgerline.payments.rows.payments import CountedRow, OwingRow, PayerTryRow
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


async def mark_acting(tx: Tx, rows: Sequence[ActingRow]) -> int:
    """Say that payers are asked to act, and what they have to do."""
    return await tx.write(_SQL["mark_acting"], rows, each=False)


async def mark_back(tx: Tx, rows: Sequence[LookRow]) -> int:
    """Say that payers are back, and that what they brought is sent; returns how many were."""
    return await tx.write(_SQL["mark_back"], rows, each=False)


async def look_later(tx: Tx, rows: Sequence[LookRow]) -> int:
    """Say when attempts whose payers are asked to act are looked at again."""
    return await tx.write(_SQL["look_later"], rows, each=False)


async def look_now(tx: Tx, *, bucket: Bucket, id: AttemptId, now: datetime) -> int:
    """Have a live attempt looked at without delay."""
    return await tx.execute(_SQL["look_now"], bucket=bucket, id=id, now=now)


async def count_events(tx: Tx, rows: Sequence[CountedRow]) -> int:
    """Count one more event of each of some payments."""
    return await tx.write(_SQL["count_events"], rows)


async def add_authentications(tx: Tx, rows: Sequence[AuthenticationRow]) -> int:
    """Keep how issuers authenticated payers."""
    return await tx.copy(_SQL["add_authentications"], rows)


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


async def hasten(tx: Tx, *, bucket: Bucket, subscription_id: SubscriptionId, now: datetime) -> int:
    """Let all that is still collected of a subscription be due now."""
    return await tx.execute(_SQL["hasten"], bucket=bucket, subscription_id=subscription_id, now=now)


async def read_method_use(
    tx: Tx, *, bucket: Bucket, payment_method_id: PaymentMethodId
) -> list[MethodUseRow]:
    """Read which payments still rest on a payment method, at most twenty."""
    return await tx.rows(
        _SQL["read_method_use"], MethodUseRow, bucket=bucket, payment_method_id=payment_method_id,
    )  # fmt: skip


async def read_tokens(
    tx: Tx, *, bucket: Bucket, payment_method_id: PaymentMethodId
) -> list[TokenRow]:
    """Read all that a payment method is or was charged by."""
    return await tx.rows(
        _SQL["read_tokens"], TokenRow, bucket=bucket, payment_method_id=payment_method_id
    )


async def detach_instruments(tx: Tx, *, bucket: Bucket, payment_method_id: PaymentMethodId) -> int:
    """Delete what a payment method is charged by."""
    return await tx.execute(
        _SQL["detach_instruments"], bucket=bucket, payment_method_id=payment_method_id
    )


async def lock_kept_payments(
    tx: Tx, *, bucket: Bucket, invoice_ids: Sequence[InvoiceId]
) -> list[KeptPaymentRow]:
    """Lock the payments of some invoices that have money left and whose account is there still."""
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


async def read_trying(
    tx: Tx,
    *,
    buckets: Sequence[Bucket],
    subscription_ids: Sequence[SubscriptionId],
    but_for: Sequence[AttemptId] = (),
) -> list[OwingRow]:
    """Read which subscriptions have an attempt under way, whatever claim it is for."""
    return await tx.rows(
        _SQL["read_trying"], OwingRow, buckets=buckets, subscription_ids=subscription_ids,
        but_for=list(but_for),
    )  # fmt: skip
