"""Row types of what is charged: a method, and its instrument at a provider."""

from datetime import date, datetime
from typing import NamedTuple

from ledgerline.base.ids import (
    AttemptId,
    Bucket,
    CustomerId,
    MandateId,
    PaymentId,
    PaymentMethodId,
    SetupId,
)


class NewPaymentMethodRow(NamedTuple):
    """A payment method to add; ``metadata`` is JSON text."""

    bucket: Bucket
    id: PaymentMethodId
    customer_id: CustomerId
    brand: str
    last4: str
    metadata: str
    external_id: str | None
    created_at: datetime


class NewInstrumentRow(NamedTuple):
    """A method at one provider, with what the caller knows of the card.

    ``no`` counts the instruments of a method from 1: the first comes first where no rule decides.
    ``setup_id`` is the set-up that verified it.
    """

    bucket: Bucket
    payment_method_id: PaymentMethodId
    no: int
    psp_account: str
    psp_token: str
    fingerprint_hash: bytes | None
    bin: str | None
    funding: str | None
    issuer_country: str | None
    expires_on: date | None
    nti_initial: str | None
    sca_ref: str | None
    setup_id: SetupId | None


class InstrumentRow(NamedTuple):
    """What a method can be charged by at one account, and whether that takes new charges.

    ``paid_before`` says that a charge or set-up with the payer present has succeeded with it. Since
    ``mit_stopped_at`` only its payer may charge it. What is of a mandate is None for a card:
    ``notice_days`` is what its text agreed to.
    """

    bucket: Bucket
    payment_method_id: PaymentMethodId
    customer_id: CustomerId
    no: int
    psp_account: str
    account_status: str
    psp_token: str
    brand: str
    bin: str | None
    funding: str | None
    issuer_country: str | None
    expires_on: date | None
    paid_before: bool
    mit_stopped_at: datetime | None
    mandate_id: MandateId | None = None
    mandate_state: str | None = None
    mandate_reference: str | None = None
    scheme: str | None = None
    notice_days: int | None = None
    lapses_on: date | None = None


class ChargedRow(NamedTuple):
    """What a charge told of an instrument; ``cit_attempt`` is a success with the payer present."""

    bucket: Bucket
    payment_method_id: PaymentMethodId
    psp_account: str
    psp_token: str
    fingerprint_hash: bytes | None
    bin: str | None
    funding: str | None
    issuer_country: str | None
    expires_on: date | None
    nti: str | None
    cit_attempt: AttemptId | None


class MethodUseRow(NamedTuple):
    """A payment that is to be paid, or is being tried, by a payment method."""

    payment_id: PaymentId


class TokenRow(NamedTuple):
    """What a payment method is or was charged by at an account."""

    psp_account: str
    psp_token: str


class DefaultRow(NamedTuple):
    """What a customer is charged by unless something else is named."""

    bucket: Bucket
    customer_id: CustomerId
    payment_method_id: PaymentMethodId
