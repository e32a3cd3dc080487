"""What entry points ask for and show."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import (
    AttemptId,
    Bucket,
    CreditNoteId,
    CustomerId,
    InvoiceId,
    PaymentId,
    PaymentMethodId,
    ReceiptId,
    RefundId,
    SetupId,
    SubscriptionId,
)


class SetupView(NamedTuple):
    """A set-up as entry points show it."""

    id: SetupId
    customer_id: CustomerId
    psp_account: str
    state: str
    makes_default: bool
    payment_method_id: PaymentMethodId | None
    category: str | None
    psp_code: str | None
    psp_ref: str | None
    challenge: bool
    three_ds_status: str | None
    evidence: str | None
    action_sealed: bytes | None
    action_expires_at: datetime | None
    sent_at: datetime
    expires_at: datetime
    canceled_at: datetime | None
    ended_at: datetime | None


class PaymentsAsked(NamedTuple):
    """Which payments: those whose id is below ``before``; each filter may be None."""

    before: UUID
    bucket: Bucket | None
    invoice_id: UUID | None
    states: list[str] | None
    limit: int


class CustomersPaymentsAsked(NamedTuple):
    """Which payments of a customer: ids below ``before``, invoices of ``months``."""

    before: UUID
    bucket: Bucket
    customer_id: UUID
    months: list[int]
    states: list[str]
    limit: int


class RefundsAsked(NamedTuple):
    """Which refunds: those with ids below ``before``; each filter may be None."""

    before: UUID
    bucket: Bucket | None
    customer_id: UUID | None
    payment_id: UUID | None
    invoice_id: UUID | None
    states: list[str] | None
    limit: int


class PaymentMethodView(NamedTuple):
    """What can be charged; tokens are never shown. ``metadata`` is JSON text.

    ``psp_accounts`` are all where it can be charged, ``psp_account`` is the first. What is of a
    mandate is None where it is none: its ``mandate_state`` says whether it is one.
    """

    bucket: Bucket
    id: PaymentMethodId
    customer_id: CustomerId
    psp_account: str
    psp_accounts: list[str]
    brand: str
    last4: str
    bin: str | None
    funding: str | None
    issuer_country: str | None
    expires_on: date | None
    metadata: str
    external_id: str | None
    version: int
    created_at: datetime
    mandate_state: str | None
    mandate_scheme: str | None
    mandate_reference: str | None
    notice_days: int | None
    text_version: str | None
    accepted_at: datetime | None
    last_debit_on: date | None
    lapses_on: date | None


class PaymentView(NamedTuple):
    """The wish to collect one amount once, and how far it got.

    ``withheld_for`` says why a try that was due waits, ``is_over`` that its subscription has ended,
    ``claim_minor`` what its invoice has left to give back, and ``is_held`` that a change of the
    subscription waits for its payment.
    """

    bucket: Bucket
    id: PaymentId
    invoice_id: InvoiceId
    customer_id: CustomerId
    subscription_id: SubscriptionId
    payment_method_id: PaymentMethodId
    currency: str
    amount_minor: int
    state: str
    captured_minor: int
    refunded_minor: int
    refunding_minor: int
    disputed_minor: int
    dispute_lost_minor: int
    tries: int
    own_failures: int
    awaits_payer: bool
    next_try_at: datetime | None
    withheld_for: str | None
    receipt_id: ReceiptId | None
    created_at: datetime
    is_over: bool
    claim_minor: int
    is_held: bool


class AttemptView(NamedTuple):
    """An attempt with one piece of its evidence; several rows when it was contradicted.

    ``version`` to ``liability_shifted`` say how the payer was authenticated, ``authenticated``
    being its result. ``rule`` is the routing rule that chose its account; None where late money was
    taken. ``learned`` is what a model said of it (JSON), where one was asked.
    """

    id: AttemptId
    ordinal: int
    psp_account: str
    initiator: str
    state: str
    currency: str
    amount_minor: int
    sent_at: datetime
    resolve_at: datetime | None
    ended_at: datetime | None
    category: str | None
    psp_code: str | None
    psp_ref: str | None
    action_sealed: bytes | None
    action_expires_at: datetime | None
    version: str | None
    challenged: bool | None
    transaction_id: str | None
    authenticated: str | None
    liability_shifted: bool | None
    rule: str | None
    learned: str | None
    no: int | None
    evidence_kind: str | None
    evidence_outcome: str | None
    recorded_at: datetime | None


class RefundView(NamedTuple):
    """Money given back, and the documents that prove it."""

    bucket: Bucket
    id: RefundId
    payment_id: PaymentId
    invoice_id: InvoiceId
    customer_id: CustomerId
    currency: str
    amount_minor: int
    reason: str
    cause: str
    state: str
    psp_account: str
    psp_ref: str | None
    psp_code: str | None
    resolve_at: datetime | None
    credit_note_id: CreditNoteId | None
    receipt_id: ReceiptId | None
    reversal_receipt_id: ReceiptId | None
    sent_at: datetime
    ended_at: datetime | None


class SaidRow(NamedTuple):
    """What a model said of a choice (JSON), None where none was asked."""

    learned: str | None
