"""Rows of payments and of what can be charged."""

from datetime import datetime
from typing import NamedTuple

from ledgerline.base.ids import (
    AttemptId,
    Bucket,
    CustomerId,
    InvoiceId,
    PaymentId,
    PaymentMethodId,
    ReceiptId,
    SubscriptionId,
)


class PaymentMethodRow(NamedTuple):
    """What can be charged: it has at least one active instrument."""

    bucket: Bucket
    id: PaymentMethodId
    customer_id: CustomerId
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
    own_failures: int
    awaits_payer: bool
    next_try_at: datetime | None
    event_seq: int
    created_at: datetime


class DuePaymentRow(NamedTuple):
    """A payment whose next try is due, and what it charges.

    Where it ``awaits_payer`` nothing is tried: the time to mend it is over.
    """

    bucket: Bucket
    id: PaymentId
    invoice_id: InvoiceId
    customer_id: CustomerId
    subscription_id: SubscriptionId
    currency: str
    amount_minor: int
    tries: int
    own_failures: int
    awaits_payer: bool
    event_seq: int
    payment_method_id: PaymentMethodId


class DueRow(NamedTuple):
    """The earliest due instant; None when nothing is due ever."""

    due_at: datetime | None


class TriedRow(NamedTuple):
    """A payment that is being tried, and how often it was before."""

    bucket: Bucket
    id: PaymentId
    tries: int


class CountedRow(NamedTuple):
    """A payment that has one event more."""

    bucket: Bucket
    id: PaymentId


class PayerTryRow(NamedTuple):
    """How often a payer tried a payment of late."""

    tries: int


class PaymentInvoiceRow(NamedTuple):
    """Which invoice a payment collects, and of which subscription."""

    bucket: Bucket
    id: PaymentId
    invoice_id: InvoiceId
    subscription_id: SubscriptionId


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
    disputed_minor: int
    dispute_lost_minor: int
    tries: int
    technical_tries: int
    own_failures: int
    payer_tries: int
    awaits_payer: bool
    next_try_at: datetime | None
    settled_attempt_id: AttemptId | None
    event_seq: int
    created_at: datetime


class PaymentStateRow(NamedTuple):
    """Where a payment stands."""

    id: PaymentId
    state: str


class PaymentStepRow(NamedTuple):
    """One move of a payment, with what it captured and when it is tried again."""

    bucket: Bucket
    id: PaymentId
    state_before: str
    state_event: str
    state: str
    captured_minor: int
    next_try_at: datetime | None
    awaits_payer: bool
    technical_tries: int
    own_failures: int
    settled_attempt_id: AttemptId | None
    receipt_id: ReceiptId | None


class MendRow(NamedTuple):
    """What a subscription owes is paid by another method: this payment at once."""

    bucket: Bucket
    id: PaymentId
    subscription_id: SubscriptionId
    payment_method_id: PaymentMethodId
    next_try_at: datetime
