"""Rows of what payers are told."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import (
    Bucket,
    InvoiceId,
    PaymentId,
    ReceiptId,
    RefundId,
    SubscriptionId,
)


class NoticeRow(NamedTuple):
    """A notice of a payment: due, told, or neither any more; in column order."""

    bucket: Bucket
    payment_id: PaymentId
    kind: str
    day: int
    due_at: datetime | None
    told_at: datetime | None


class ToldRow(NamedTuple):
    """How many events more a payment has."""

    bucket: Bucket
    id: PaymentId
    events: int


class ToldPaymentRow(NamedTuple):
    """A payment with its method, as its payer is told of it."""

    bucket: Bucket
    id: PaymentId
    invoice_id: InvoiceId
    subscription_id: SubscriptionId
    currency: str
    amount_minor: int
    state: str
    awaits_payer: bool
    next_try_at: datetime | None
    receipt_id: ReceiptId | None
    brand: str
    last4: str


class ToldRefundRow(NamedTuple):
    """A refund with what its payment was made by."""

    bucket: Bucket
    id: RefundId
    currency: str
    amount_minor: int
    ended_at: datetime | None
    credit_note_id: UUID | None
    receipt_id: ReceiptId | None
    reversal_receipt_id: ReceiptId | None
    subscription_id: SubscriptionId
    brand: str
    last4: str
