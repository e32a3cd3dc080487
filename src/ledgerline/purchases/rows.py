"""Row types of the purchases tables: their fields are columns, in name and order."""

from datetime import date, datetime
from typing import NamedTuple

from ledgerline.base.ids import (
    AttemptId,
    Bucket,
    CheckoutId,
    CustomerId,
    InvoiceId,
    PaymentId,
    PaymentMethodId,
    PurchaseId,
    SubscriptionId,
)


class NewPurchaseRow(NamedTuple):
    """A purchase to insert."""

    bucket: Bucket
    id: PurchaseId
    customer_id: CustomerId
    subscription_id: SubscriptionId
    invoice_id: InvoiceId
    payment_id: PaymentId | None
    checkout_session_id: CheckoutId | None
    checkout_try: int | None
    created_at: datetime


class PurchaseStepRow(NamedTuple):
    """One move of the purchase that made a subscription."""

    bucket: Bucket
    subscription_id: SubscriptionId
    state_before: str
    state_event: str
    state: str


class FoundPurchaseRow(NamedTuple):
    """A purchase and what it made."""

    bucket: Bucket
    id: PurchaseId
    customer_id: CustomerId
    subscription_id: SubscriptionId
    invoice_id: InvoiceId
    payment_id: PaymentId | None
    state: str


class PurchaseView(NamedTuple):
    """A purchase with its price, its subscription and the last attempt to collect.

    ``through`` is the end of the service that its own invoice claims.
    """

    bucket: Bucket
    id: PurchaseId
    customer_id: CustomerId
    subscription_id: SubscriptionId
    invoice_id: InvoiceId
    payment_id: PaymentId | None
    state: str
    created_at: datetime
    currency: str
    tax_minor: int
    total_minor: int
    credit_used_minor: int
    subscription_state: str
    plan_code: str
    quantity: int
    zone: str
    billed_through: date
    next_bill_at: datetime | None
    ends_on: date | None
    parked: str | None
    ended_at: datetime | None
    through: date
    attempt_state: str | None
    category: str | None
    psp_code: str | None
    psp_account: str | None
    attempt_id: AttemptId | None
    action_sealed: bytes | None
    action_expires_at: datetime | None


class TriedMethodView(NamedTuple):
    """A payment method by which a checkout session was ordered."""

    payment_method_id: PaymentMethodId | None


class CheckoutRow(NamedTuple):
    """An order that waits for its buyer; ``add_ons`` is JSON text: plans with quantities."""

    bucket: Bucket
    id: CheckoutId
    customer_id: CustomerId
    plan_code: str
    quantity: int
    add_ons: str
    coupon_code: str | None
    with_trial: bool
    return_url: str | None
    created_at: datetime
    expires_at: datetime
    closed_at: datetime | None


class CouponTriesRow(NamedTuple):
    """How many coupon codes were typed at a session, and at all of its customer's newest ones."""

    of_session: int
    of_customer: int


class CheckoutView(NamedTuple):
    """A checkout session with what its last purchase has come to.

    ``failed`` counts the purchases it led to that failed. Where ``is_held`` the provider has the
    charge and says later what came of it.
    """

    bucket: Bucket
    id: CheckoutId
    customer_id: CustomerId
    plan_code: str
    quantity: int
    add_ons: str
    coupon_code: str | None
    with_trial: bool
    return_url: str | None
    created_at: datetime
    expires_at: datetime
    closed_at: datetime | None
    failed: int
    purchase_id: PurchaseId | None
    purchase_state: str | None
    payment_id: PaymentId | None
    attempt_id: AttemptId | None
    attempt_state: str | None
    is_held: bool
    category: str | None
    psp_account: str | None
    action_sealed: bytes | None
    action_expires_at: datetime | None
