"""Statements by which payments forget: what is held of a customer, or for a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.ids import (
    AttemptId,
    Bucket,
    CustomerId,
    InvoiceId,
    PaymentId,
    PaymentMethodId,
    RefundId,
)
from ledgerline.base.statements import statements
from ledgerline.payments.rows.held import HeldMethodRow, HeldPaymentRow, HeldTryRow, OldRow

_SQL: Final = statements(__name__)


async def read_methods_of_customer(
    tx: Tx, *, bucket: Bucket, customer_id: CustomerId
) -> list[HeldMethodRow]:
    """Read all payment methods of a customer, a row for each instrument or one without any."""
    return await tx.rows(
        _SQL["read_methods_of_customer"], HeldMethodRow, bucket=bucket, customer_id=customer_id
    )


async def lock_payments_of_invoices(
    tx: Tx, *, bucket: Bucket, ids: Sequence[InvoiceId]
) -> list[HeldPaymentRow]:
    """Lock all payments of some invoices of one bucket."""
    return await tx.rows(
        _SQL["lock_payments_of_invoices"], HeldPaymentRow, bucket=bucket, ids=list(ids)
    )


async def lock_all_attempts(
    tx: Tx, *, bucket: Bucket, ids: Sequence[PaymentId]
) -> list[HeldTryRow]:
    """Lock all attempts of some payments, live or ended."""
    return await tx.rows(_SQL["lock_all_attempts"], HeldTryRow, bucket=bucket, ids=list(ids))


async def lock_all_refunds(tx: Tx, *, bucket: Bucket, ids: Sequence[PaymentId]) -> list[HeldTryRow]:
    """Lock all refunds of some payments, live or ended."""
    return await tx.rows(_SQL["lock_all_refunds"], HeldTryRow, bucket=bucket, ids=list(ids))


async def forget_instruments(tx: Tx, *, bucket: Bucket, ids: Sequence[PaymentMethodId]) -> int:
    """Delete what some payment methods are charged by; return how many instruments there were."""
    return await tx.execute(_SQL["forget_instruments"], bucket=bucket, ids=list(ids))


async def forget_mandates(tx: Tx, *, bucket: Bucket, ids: Sequence[PaymentMethodId]) -> int:
    """Take tokens, references and proofs off the mandates of some payment methods."""
    return await tx.execute(_SQL["forget_mandates"], bucket=bucket, ids=list(ids))


async def forget_notes(tx: Tx, *, bucket: Bucket, ids: Sequence[PaymentMethodId]) -> int:
    """Take metadata and external ids off some payment methods; return off how many."""
    return await tx.execute(_SQL["forget_notes"], bucket=bucket, ids=list(ids))


async def forget_tokens(tx: Tx, *, bucket: Bucket, ids: Sequence[AttemptId]) -> int:
    """Take the tokens off attempts that have ended; return off how many."""
    return await tx.execute(_SQL["forget_tokens"], bucket=bucket, ids=list(ids))


async def forget_reasons(tx: Tx, *, bucket: Bucket, ids: Sequence[RefundId]) -> int:
    """Take what people wrote as the reason off some refunds; return off how many."""
    return await tx.execute(_SQL["forget_reasons"], bucket=bucket, ids=list(ids))


async def forget_resolutions(tx: Tx, *, bucket: Bucket, ids: Sequence[UUID]) -> int:
    """Take people's words off exceptions of payments, attempts or refunds; return off how many."""
    return await tx.execute(_SQL["forget_resolutions"], bucket=bucket, ids=list(ids))


async def forget_evidence_notes(tx: Tx, *, bucket: Bucket, ids: Sequence[UUID]) -> int:
    """Take people's words off proposals about attempts or refunds; return off how many."""
    return await tx.execute(_SQL["forget_evidence_notes"], bucket=bucket, ids=list(ids))


async def forget_proposed_reasons(tx: Tx, *, bucket: Bucket, ids: Sequence[UUID]) -> int:
    """Take the reasons of refunds proposed of some payments off them; return off how many."""
    return await tx.execute(_SQL["forget_proposed_reasons"], bucket=bucket, ids=list(ids))


async def forget_bodies(tx: Tx, *, ids: Sequence[UUID]) -> int:
    """Delete what webhooks about some attempts or refunds said; return how many bodies."""
    return await tx.execute(_SQL["forget_bodies"], ids=list(ids))


async def count_old_bodies(tx: Tx, *, before: datetime) -> OldRow | None:
    """Count bodies of webhooks that came before an instant."""
    return await tx.row(_SQL["count_old_bodies"], OldRow, before=before)


async def forget_old_bodies(tx: Tx, *, before: datetime, limit: int) -> int:
    """Delete at most ``limit`` of them, oldest first."""
    return await tx.execute(_SQL["forget_old_bodies"], before=before, limit=limit)
