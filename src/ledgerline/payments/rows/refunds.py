"""Rows of refunds, and of the captures they give back."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import (
    AttemptId,
    Bucket,
    CustomerId,
    InvoiceId,
    PaymentId,
    ReceiptId,
    RefundId,
)


class NewRefundRow(NamedTuple):
    """A refund to commit as sent."""

    bucket: Bucket
    id: RefundId
    payment_id: PaymentId
    invoice_id: InvoiceId
    customer_id: CustomerId
    seller_code: str
    currency: str
    amount_minor: int
    reason: str
    psp_account: str
    charge_ref: str
    sent_at: datetime
    resolve_at: datetime
    request_digest: bytes | None


class CaptureRow(NamedTuple):
    """The attempt that captured a payment; ``psp_ref`` is the provider's id of the capture."""

    bucket: Bucket
    payment_id: PaymentId
    id: AttemptId
    psp_account: str
    psp_ref: str | None


class RefundRow(NamedTuple):
    """One refund as flows see it."""

    bucket: Bucket
    id: RefundId
    payment_id: PaymentId
    invoice_id: InvoiceId
    customer_id: CustomerId
    seller_code: str
    currency: str
    amount_minor: int
    reason: str
    psp_account: str
    charge_ref: str
    state: str
    sent_at: datetime
    looks: int
    request_digest: bytes | None


class RefundStepRow(NamedTuple):
    """One move of a refund."""

    bucket: Bucket
    id: RefundId
    state_before: str
    state_event: str
    state: str
    resolve_at: datetime | None
    ended_at: datetime | None
    psp_ref: str | None
    psp_code: str | None
    credit_note_id: UUID | None
    receipt_id: ReceiptId | None
