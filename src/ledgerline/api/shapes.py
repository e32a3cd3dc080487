"""What callers get. Amounts are minor units with their currency; instants are UTC."""

from datetime import UTC, date, datetime
from typing import Generic, TypeVar

from msgspec import Struct

from ledgerline.api.errors import Decline

T = TypeVar("T")


class Money(Struct, frozen=True):
    """An amount in minor units of its currency (ISO 4217)."""

    amount: int
    currency: str


class Page(Struct, Generic[T], frozen=True, kw_only=True):
    """A part of a list, newest first; ``next`` is what ``after`` takes to go on."""

    data: list[T]
    has_more: bool
    next: str | None


class Days(Struct, frozen=True):
    """Calendar dates, half-open: ``end`` is the first day that is not in it."""

    start: date
    end: date


class How(Struct, frozen=True, kw_only=True):
    """How amounts came to be, so that anybody can compute them again (minor units)."""

    rule: str
    formula: str
    tax: str


class Customer(Struct, frozen=True, kw_only=True):
    """Who pays; name and e-mail are gone once erased."""

    id: str
    object: str = "customer"
    livemode: bool
    market: str
    time_zone: str
    locale: str
    name: str | None
    email: str | None
    created: datetime


class PaymentMethod(Struct, frozen=True, kw_only=True):
    """What can be charged, without the provider's token."""

    id: str
    object: str = "payment_method"
    livemode: bool
    customer: str
    psp_account: str
    brand: str
    last4: str
    created: datetime


class Line(Struct, frozen=True, kw_only=True):
    """One priced or credited piece of service time; credits are negative."""

    text: str
    kind: str
    period: Days
    quantity: int
    net: Money
    tax: Money
    total: Money
    how: How


class NextCharge(Struct, frozen=True, kw_only=True):
    """What the next invoice will say, as far as is known today."""

    on: date
    total: Money
    tax: Money


class Quote(Struct, frozen=True, kw_only=True):
    """What an order costs now and next; ``fingerprint`` holds a purchase to it."""

    object: str = "quote"
    livemode: bool
    as_of: datetime
    fingerprint: str
    plan: str
    price: str
    lines: list[Line]
    from_credit: Money
    due_now: Money
    next_charge: NextCharge


class Purchase(Struct, frozen=True, kw_only=True):
    """One run through checkout. ``status`` is ``processing``, ``completed`` or ``failed``."""

    id: str
    object: str = "purchase"
    livemode: bool
    status: str
    customer: str
    subscription: str
    subscription_status: str
    invoice: str
    payment: str | None
    plan: str
    quantity: int
    total: Money
    tax: Money
    from_credit: Money
    paid_through: date
    next_charge_at: datetime | None
    decline: Decline | None
    created: datetime


class Cover(Struct, frozen=True, kw_only=True):
    """When service is given, and why."""

    starts_at: datetime
    ends_at: datetime
    reason: str
    invoice: str


class Subscription(Struct, frozen=True, kw_only=True):
    """The agreement; ``covers`` only where one subscription is asked for."""

    id: str
    object: str = "subscription"
    livemode: bool
    status: str
    customer: str
    market: str
    time_zone: str
    plan: str
    plan_name: str
    price: str
    unit_price: Money
    tax_behavior: str
    quantity: int
    cadence: str
    period: Days | None
    next_charge_at: datetime | None
    ends_on: date | None
    pending_plan: str | None
    coupon: str | None
    payment_method: str | None
    parked: str | None
    created: datetime
    ended: datetime | None
    covers: list[Cover] | None = None


class ChangePreview(Struct, frozen=True, kw_only=True):
    """What a change of plan would do: credits are negative lines."""

    object: str = "subscription_change_preview"
    livemode: bool
    as_of: datetime
    subscription: str
    plan: str
    effective_on: date
    lines: list[Line]
    from_credit: Money
    due_now: Money
    credit_after: Money


class CancelPreview(Struct, frozen=True, kw_only=True):
    """What a cancellation would do: ``written_off`` are unpaid claims that are given up."""

    object: str = "subscription_cancel_preview"
    livemode: bool
    as_of: datetime
    subscription: str
    ends_on: date
    lines: list[Line]
    credited: Money
    written_off: list[str]


class InvoiceLine(Struct, frozen=True, kw_only=True):
    """What is claimed for which service time, and how it was computed."""

    text: str
    kind: str
    plan: str
    price: str
    period: Days
    quantity: int
    unit_price: Money
    discount: Money
    net: Money
    tax: Money
    total: Money
    tax_rate: str
    tax_behavior: str
    credited: Money
    how: How


class CreditNote(Struct, frozen=True, kw_only=True):
    """A correction of an issued invoice."""

    id: str
    object: str = "credit_note"
    number: str | None
    number_state: str
    reason: str
    settles: str
    net: Money
    tax: Money
    total: Money
    issued_on: date


class Invoice(Struct, frozen=True, kw_only=True):
    """The claim. ``number_state``: ``stamped``, ``waiting``, or ``none`` while it is a mere offer.

    ``lines`` and ``credit_notes`` only where one invoice is asked for.
    """

    id: str
    object: str = "invoice"
    livemode: bool
    number: str | None
    number_state: str
    status: str
    cause: str
    customer: str
    subscription: str
    seller: str
    market: str
    net: Money
    tax: Money
    total: Money
    from_credit: Money
    credited: Money
    issued_on: date
    issued: datetime
    paid: datetime | None
    lines: list[InvoiceLine] | None = None
    credit_notes: list[CreditNote] | None = None


class Evidence(Struct, frozen=True, kw_only=True):
    """What closed an attempt, or contradicts it."""

    kind: str
    outcome: str
    recorded: datetime


class Attempt(Struct, frozen=True, kw_only=True):
    """One try of a payment at one provider."""

    id: str
    object: str = "attempt"
    ordinal: int
    status: str
    psp_account: str
    initiator: str
    total: Money
    sent: datetime
    ended: datetime | None
    category: str | None
    provider_code: str | None
    provider_reference: str | None
    evidence: list[Evidence]


class Payment(Struct, frozen=True, kw_only=True):
    """The wish to collect one amount once; ``attempts`` only where one payment is asked for."""

    id: str
    object: str = "payment"
    livemode: bool
    status: str
    customer: str
    invoice: str
    subscription: str
    payment_method: str
    total: Money
    captured: Money
    refunded: Money
    refunding: Money
    tries: int
    next_try_at: datetime | None
    receipt: str | None
    created: datetime
    attempts: list[Attempt] | None = None


class Refund(Struct, frozen=True, kw_only=True):
    """Money given back. ``status`` is ``processing``, ``succeeded`` or ``failed``."""

    id: str
    object: str = "refund"
    livemode: bool
    status: str
    customer: str
    payment: str
    invoice: str
    total: Money
    reason: str
    credit_note: str | None
    receipt: str | None
    provider_reference: str | None
    provider_code: str | None
    created: datetime
    ended: datetime | None


class RefundPreview(Struct, frozen=True, kw_only=True):
    """What a refund would give back."""

    object: str = "refund_preview"
    livemode: bool
    as_of: datetime
    payment: str
    total: Money


class Receipt(Struct, frozen=True, kw_only=True):
    """The proof of one payment or refund; the printed form is at ``pdf`` once it is numbered."""

    id: str
    object: str = "receipt"
    livemode: bool
    kind: str
    number: str | None
    number_state: str
    customer: str
    payment: str
    refund: str | None
    invoice: str
    total: Money
    issued: datetime
    pdf: str | None


class AccountBalance(Struct, frozen=True, kw_only=True):
    """The turnover of one account; ``balance`` is debit less credit."""

    seller: str
    account: str
    debit: Money
    credit: Money
    balance: Money


class TrialBalance(Struct, frozen=True, kw_only=True):
    """All accounts up to an instant. Per seller and currency the balances sum to zero."""

    object: str = "trial_balance"
    livemode: bool
    at: datetime
    is_balanced: bool
    data: list[AccountBalance]


def money(minor: int, currency: str) -> Money:
    """Show an amount."""
    return Money(minor, currency)


def utc(instant: datetime) -> datetime:
    """Show an instant in UTC, whatever zone the database session speaks."""
    return instant.astimezone(UTC)


def utc_or_none(instant: datetime | None) -> datetime | None:
    """Show an instant that may be missing."""
    return None if instant is None else instant.astimezone(UTC)
