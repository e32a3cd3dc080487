"""Rows of refunds, and of the captures they give back."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import (
    AttemptId,
    Bucket,
    CreditLotId,
    CustomerId,
    InvoiceId,
    PaymentId,
    ReceiptId,
    RefundId,
    SubscriptionId,
)


class NewRefundRow(NamedTuple):
    """A refund to commit, as sent or for the resolver to send.

    ``attempt_id`` is the ended attempt whose late money it gives back.
    """

    bucket: Bucket
    id: RefundId
    payment_id: PaymentId
    invoice_id: InvoiceId
    customer_id: CustomerId
    seller_code: str
    currency: str
    amount_minor: int
    cause: str
    reason: str
    psp_account: str
    charge_ref: str
    state: str
    state_before: str
    state_event: str
    sent_at: datetime
    resolve_at: datetime
    looks: int
    request_digest: bytes | None
    attempt_id: AttemptId | None


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
    cause: str
    reason: str
    psp_account: str
    charge_ref: str
    state: str
    sent_at: datetime
    looks: int
    request_digest: bytes | None
    psp_ref: str | None
    attempt_id: AttemptId | None
    credit_note_id: UUID | None
    receipt_id: ReceiptId | None


class SendRow(NamedTuple):
    """A refund that goes out now, with the digest of its request."""

    bucket: Bucket
    id: RefundId
    state_before: str
    state_event: str
    state: str
    sent_at: datetime
    resolve_at: datetime
    request_digest: bytes | None


class RefundStepRow(NamedTuple):
    """One move of a refund; ``reversal_receipt_id`` says that it came back."""

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
    reversal_receipt_id: ReceiptId | None = None


class RefundLineRow(NamedTuple):
    """What a refund gives back of one line, with tax, over ``[from_on, until_on)``."""

    bucket: Bucket
    refund_id: RefundId
    invoice_id: InvoiceId
    subscription_id: SubscriptionId
    period_start: date
    item_no: int
    kind: str
    amount_minor: int
    from_on: date
    until_on: date


class ReservedLineRow(NamedTuple):
    """What a refund under way has reserved of a line."""

    subscription_id: SubscriptionId
    period_start: date
    item_no: int
    kind: str
    refund_id: RefundId
    amount_minor: int
    from_on: date
    until_on: date


class WithheldRow(NamedTuple):
    """How much less a cut of a line from ``from_on`` on gave back because of a refund.

    It is owed to the customer if the refund fails.
    """

    bucket: Bucket
    refund_id: RefundId
    period_start: date
    item_no: int
    kind: str
    from_on: date
    amount_minor: int


class KeptPaymentRow(NamedTuple):
    """A payment with money left of it: neither given back nor on its way back."""

    bucket: Bucket
    id: PaymentId
    invoice_id: InvoiceId
    seller_code: str
    currency: str
    kept_minor: int


class RefundDrawRow(NamedTuple):
    """What a refund of credit takes of a lot; ``payout_id`` is the first refund of its pay-out."""

    bucket: Bucket
    refund_id: RefundId
    lot_id: CreditLotId
    payout_id: RefundId
    amount_minor: int


class PaidOutRow(NamedTuple):
    """A refund of a pay-out of credit."""

    refund_id: RefundId
