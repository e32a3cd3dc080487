"""Rows of attempts and their evidence."""

from datetime import date, datetime
from typing import NamedTuple

from ledgerline.base.ids import (
    AttemptId,
    Bucket,
    CustomerId,
    DecisionId,
    InvoiceId,
    MandateId,
    PaymentId,
    SubscriptionId,
)


class NewAttemptRow(NamedTuple):
    """An attempt to commit as sent, in column order.

    ``resume_at`` and ``resume_awaits`` are the plan of the payment that goes on where an attempt
    that its payer started comes to nothing. ``adopted_from`` is the ended attempt whose money this
    one takes. ``return_url``, ``challenge`` and ``due_on`` are those of ``SentAttempt``;
    ``notice_no`` is the notice that told its payer that day.
    """

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
    request_digest: bytes | None
    resume_at: datetime | None
    resume_awaits: bool | None
    adopted_from: AttemptId | None
    decision_id: DecisionId | None
    return_url: str | None
    challenge: bool
    mandate_id: MandateId | None = None
    notice_no: int | None = None
    due_on: date | None = None


class AttemptOwnerRow(NamedTuple):
    """What an attempt belongs to."""

    bucket: Bucket
    id: AttemptId
    payment_id: PaymentId
    invoice_id: InvoiceId
    subscription_id: SubscriptionId
    customer_id: CustomerId


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
    request_digest: bytes | None
    psp_ref: str | None
    resume_at: datetime | None
    resume_awaits: bool | None
    return_url: str | None
    challenge: bool
    mandate_id: MandateId | None = None
    due_on: date | None = None


class MarkedRow(NamedTuple):
    """An attempt of which nobody knows what became."""

    id: AttemptId


class LookRow(NamedTuple):
    """When an attempt is looked at again, if it is still in the state it was seen in.

    ``psp_ref`` is the provider's id of it, if this told it.
    """

    bucket: Bucket
    id: AttemptId
    state: str
    resolve_at: datetime
    psp_ref: str | None


class ActingRow(NamedTuple):
    """What the payer of an attempt has to do, if it is still in the state it was seen in.

    ``action_sealed`` is the address, under the key of the environment.
    """

    bucket: Bucket
    id: AttemptId
    state: str
    resolve_at: datetime
    psp_ref: str | None
    action_sealed: bytes
    action_expires_at: datetime


class AuthenticationRow(NamedTuple):
    """How the issuer authenticated the payer of an attempt; the words are ``Authentication``'s."""

    bucket: Bucket
    attempt_id: AttemptId
    version: str | None
    challenged: bool | None
    status: str | None
    eci: str | None
    transaction_id: str | None
    liability_shifted: bool | None
    recorded_at: datetime


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
