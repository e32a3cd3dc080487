"""Row types of the payments tables: their fields are columns, in name and order."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import (
    AttemptId,
    Bucket,
    CustomerId,
    InvoiceId,
    PaymentId,
    PaymentMethodId,
    ReceiptId,
    RefundId,
    SubscriptionId,
)


class PspAccountRow(NamedTuple):
    """A merchant account; its secrets are sealed under the environment's key."""

    code: str
    psp: str
    seller_code: str | None
    base_url: str
    api_secret_sealed: bytes
    webhook_secret_sealed: bytes
    status: str
    call_deadline_ms: int


class PaymentMethodRow(NamedTuple):
    """What can be charged."""

    bucket: Bucket
    id: PaymentMethodId
    customer_id: CustomerId
    psp_account: str
    psp_token: str
    brand: str
    last4: str
    created_at: datetime


class NewPaymentRow(NamedTuple):
    """A payment to open, in column order."""

    bucket: Bucket
    id: PaymentId
    invoice_id: InvoiceId
    purpose: str
    customer_id: CustomerId
    subscription_id: SubscriptionId
    payment_method_id: PaymentMethodId
    seller_code: str
    currency: str
    amount_minor: int
    state: str
    state_before: str
    state_event: str
    captured_minor: int
    refunded_minor: int
    refunding_minor: int
    tries: int
    technical_tries: int
    next_try_at: datetime | None
    event_seq: int
    created_at: datetime


class DuePaymentRow(NamedTuple):
    """A payment whose next try is due, and what it charges."""

    bucket: Bucket
    id: PaymentId
    invoice_id: InvoiceId
    customer_id: CustomerId
    subscription_id: SubscriptionId
    currency: str
    amount_minor: int
    tries: int
    event_seq: int
    psp_account: str
    psp_token: str


class DueRow(NamedTuple):
    """The earliest due instant; None when nothing is due ever."""

    due_at: datetime | None


class TriedRow(NamedTuple):
    """A payment that is being tried, and how often it was before."""

    bucket: Bucket
    id: PaymentId
    tries: int


class NewAttemptRow(NamedTuple):
    """An attempt to commit as sent, in column order."""

    bucket: Bucket
    payment_id: PaymentId
    id: AttemptId
    ordinal: int
    psp_account: str
    psp_token: str
    currency: str
    amount_minor: int
    initiator: str
    state: str
    state_before: str
    state_event: str
    sent_at: datetime
    resolve_at: datetime
    looks: int


class AttemptOwnerRow(NamedTuple):
    """What an attempt belongs to."""

    bucket: Bucket
    id: AttemptId
    payment_id: PaymentId
    invoice_id: InvoiceId
    subscription_id: SubscriptionId
    customer_id: CustomerId


class PaymentInvoiceRow(NamedTuple):
    """Which invoice a payment collects."""

    bucket: Bucket
    id: PaymentId
    invoice_id: InvoiceId


class OwingRow(NamedTuple):
    """A subscription that is late with a payment."""

    subscription_id: SubscriptionId


class PaymentRow(NamedTuple):
    """One payment as flows see it."""

    bucket: Bucket
    id: PaymentId
    invoice_id: InvoiceId
    customer_id: CustomerId
    subscription_id: SubscriptionId
    payment_method_id: PaymentMethodId
    seller_code: str
    currency: str
    amount_minor: int
    state: str
    captured_minor: int
    refunded_minor: int
    refunding_minor: int
    tries: int
    technical_tries: int
    next_try_at: datetime | None
    settled_attempt_id: AttemptId | None
    event_seq: int
    created_at: datetime


class AttemptRow(NamedTuple):
    """One attempt as flows see it."""

    bucket: Bucket
    payment_id: PaymentId
    id: AttemptId
    ordinal: int
    psp_account: str
    psp_token: str
    currency: str
    amount_minor: int
    initiator: str
    state: str
    sent_at: datetime
    resolve_at: datetime | None
    looks: int
    unknown_since: datetime | None
    evidence_no: int | None


class LookRow(NamedTuple):
    """When an unresolved attempt is looked at again."""

    bucket: Bucket
    id: AttemptId
    resolve_at: datetime


class EvidenceRow(NamedTuple):
    """Evidence of an attempt."""

    bucket: Bucket
    attempt_id: AttemptId
    no: int
    kind: str
    outcome: str
    psp_ref: str | None
    psp_code: str | None
    currency: str | None
    amount_minor: int | None
    recorded_at: datetime


class EndRow(NamedTuple):
    """How an attempt ends."""

    bucket: Bucket
    id: AttemptId
    state_before: str
    state_event: str
    state: str
    category: str | None
    psp_code: str | None
    psp_ref: str | None


class PaymentStepRow(NamedTuple):
    """One move of a payment, with what it captured and when it is tried again."""

    bucket: Bucket
    id: PaymentId
    state_before: str
    state_event: str
    state: str
    captured_minor: int
    next_try_at: datetime | None
    technical_tries: int
    settled_attempt_id: AttemptId | None
    receipt_id: ReceiptId | None


class ExceptionRow(NamedTuple):
    """What a machine may not decide alone."""

    bucket: Bucket
    subject_id: UUID
    reason: str
    detail: str
    opened_at: datetime


class NewInboxRow(NamedTuple):
    """A verified webhook as it came in."""

    psp_account: str
    event_key: str
    event_type: str
    reference: str | None
    body: bytes
    received_at: datetime


class InboxRow(NamedTuple):
    """A webhook that waits in the inbox."""

    psp_account: str
    event_key: str
    event_type: str
    reference: str | None
    tries: int
    received_at: datetime


class InboxEndRow(NamedTuple):
    """What became of a webhook."""

    psp_account: str
    event_key: str
    state: str
    due_at: datetime | None


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
