"""The objects of GoCardless as they stand in JSON."""

from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta

from ledgerline.base.money import MINOR_MAX
from ledgerline.payments.adapters.strict_json import Address, Text, convert, decode, word
from ledgerline.payments.model import ChargeKind

# What may stand in a path: their ids are letters and digits.
Id = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{2,128}\Z")]
Minor = Annotated[int, Meta(gt=0, le=MINOR_MAX)]
Cursor = Annotated[str, Meta(pattern=r"\A[!-~]{1,255}\Z")]
REFERENCE: Final = "reference"  # our one key of their metadata
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PaymentLinks:
    """What a payment belongs to."""

    mandate: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment; ``status`` may be a word that nobody knows yet."""

    id: Id
    amount: Minor
    currency: Text
    status: Text
    links: PaymentLinks
    metadata: Any = None

    @property
    def reference(self) -> str | None:
        """Return our reference, if it is ours."""
        return reference_in(self.metadata)


@dataclass(frozen=True, slots=True)
class RefundLinks:
    """What a refund belongs to; one of a mandate has no payment."""

    payment: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """A refund; ``status`` may be a word that nobody knows yet."""

    id: Id
    amount: Minor
    currency: Text
    status: Text
    links: RefundLinks
    metadata: Any = None

    @property
    def reference(self) -> str | None:
        """Return our reference, if it is ours."""
        return reference_in(self.metadata)


@dataclass(frozen=True, slots=True)
class OnePayment:
    """The answer that holds one payment."""

    payments: Payment


@dataclass(frozen=True, slots=True)
class OneRefund:
    """The answer that holds one refund."""

    refunds: Refund


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """A mandate; ``status`` may be a word that nobody knows yet."""

    id: Id
    status: Text
    scheme: Text | None = None
    reference: Text | None = None
    created_at: Any = None


@dataclass(frozen=True, slots=True)
class OneMandate:
    """The answer that holds one mandate."""

    mandates: Mandate


@dataclass(frozen=True, slots=True)
class BillingRequestLinks:
    """What a billing request has led to so far."""

    mandate_request_mandate: Id | None = None
    customer_bank_account: Id | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingRequest:
    """A billing request; ``status`` may be a word that nobody knows yet."""

    id: Id
    status: Text
    links: BillingRequestLinks = BillingRequestLinks()
    metadata: Any = None
    created_at: Any = None

    @property
    def reference(self) -> str | None:
        """Return our reference, if it is ours."""
        return reference_in(self.metadata)


@dataclass(frozen=True, slots=True)
class OneBillingRequest:
    """The answer that holds one billing request."""

    billing_requests: BillingRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingRequestFlow:
    """The page on which a payer fulfils a billing request, and until when."""

    authorisation_url: Address
    expires_at: Any = None


@dataclass(frozen=True, slots=True)
class OneFlow:
    """The answer that holds one flow."""

    billing_request_flows: BillingRequestFlow


@dataclass(frozen=True, slots=True)
class BankAccount:
    """The account that a mandate debits: of its number only the end is told."""

    account_number_ending: Text


@dataclass(frozen=True, slots=True)
class OneBankAccount:
    """The answer that holds one bank account."""

    customer_bank_accounts: BankAccount


@dataclass(frozen=True, slots=True)
class Cursors:
    """Where a list goes on."""

    after: Cursor | None = None


@dataclass(frozen=True, slots=True)
class PageMeta:
    """What is said about a page."""

    cursors: Cursors


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a list. What is on it is read apart: not everything there has to be ours."""

    meta: PageMeta
    payments: list[Any] | None = None
    refunds: list[Any] | None = None
    billing_requests: list[Any] | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """Why something happened; ``scheme`` and its code only where a bank said so."""

    cause: Text
    origin: Text | None = None
    reason_code: Text | None = None
    will_attempt_retry: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened to a resource; ``resource_metadata`` is that of the resource."""

    id: Id
    resource_type: Text
    action: Text
    links: dict[str, Any]
    details: Any = None
    resource_metadata: Any = None
    created_at: Any = None


@dataclass(frozen=True, slots=True)
class Events:
    """Events, in a list or a delivery; each is read apart."""

    events: list[Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason of an error; for a field that is invalid there is no reason."""

    reason: Text | None = None
    field: Text | None = None
    links: Any = None


@dataclass(frozen=True, slots=True)
class Error:
    """The inside of an error body."""

    type: Text
    errors: tuple[Problem, ...] = ()

    @property
    def word(self) -> str:
        """Return the most telling word: the first reason, else the type."""
        return next((each.reason for each in self.errors if each.reason), self.type)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The body of an error."""

    error: Error

    def conflicts(self, reason: str) -> list[Problem]:
        """Return the problems of this reason."""
        return [each for each in self.error.errors if each.reason == reason]


@dataclass(frozen=True, slots=True)
class _Conflict:
    conflicting_resource_id: Id


Held = Payment | Refund


def encode(collection: str, order: dict[str, object]) -> bytes:
    """Write a body; equal orders give equal bytes."""
    return msgspec.json.encode({collection: order}, order="sorted")


def held_in(body: bytes, kind: ChargeKind) -> Held | None:
    """Read an answer that holds one payment or refund, or return None when it does not."""
    if kind is ChargeKind.CHARGE:
        payment = decode(body, OnePayment)
        return None if payment is None else payment.payments
    refund = decode(body, OneRefund)
    return None if refund is None else refund.refunds


def held_as(plain: object, kind: ChargeKind) -> Held | None:
    """Read one thing of a list, or return None when it is no payment or refund."""
    if kind is ChargeKind.CHARGE:
        return convert(plain, Payment)
    return convert(plain, Refund)


def conflicting_id(conflict: Problem) -> str | None:
    """Return the id that a conflict names, if it does."""
    named = convert(conflict.links, _Conflict)
    return None if named is None else named.conflicting_resource_id


def reference_in(metadata: object) -> str | None:
    """Return our reference out of their metadata."""
    return word(metadata.get(REFERENCE)) if isinstance(metadata, dict) else None
