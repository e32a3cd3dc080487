"""The objects of Stripe as they stand in JSON: what a reading needs, and no more.

What a reading can do without is ``Any`` and read apart: whatever it is, money has moved or not.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, Literal, TypeVar

from msgspec import Meta

from ledgerline.payments.adapters.strict_json import Address, Text

Units = Annotated[int, Meta(ge=0, le=10**15)]
INSTANT_MAX: Final = 10**11
Instant = Annotated[int, Meta(ge=0, le=INSTANT_MAX)]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Intent:
    """A PaymentIntent; ``status`` may be an unknown word."""

    id: Text
    object: Literal["payment_intent"]
    amount: Units
    currency: Text
    status: Text
    metadata: dict[str, Any]
    amount_received: Units = 0
    last_payment_error: Any = None
    latest_charge: Any = None
    next_action: Any = None


@dataclass(frozen=True, slots=True)
class SetupIntent:
    """A SetupIntent; ``status`` may be an unknown word."""

    id: Text
    object: Literal["setup_intent"]
    status: Text
    metadata: dict[str, Any]
    customer: Any = None
    payment_method: Any = None
    last_setup_error: Any = None
    latest_attempt: Any = None
    next_action: Any = None


@dataclass(frozen=True, slots=True)
class File:
    """A file that was uploaded."""

    id: Text
    object: Literal["file"]


@dataclass(frozen=True, slots=True)
class EvidenceDetails:
    """How often evidence was handed in for a dispute."""

    submission_count: Units


@dataclass(frozen=True, slots=True)
class AnsweredDispute:
    """A dispute as it stands after evidence was handed in for it, or not."""

    id: Text
    object: Literal["dispute"]
    status: Text
    evidence_details: EvidenceDetails
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund; of the charge or of the PaymentIntent that was named when it was asked for."""

    id: Text
    object: Literal["refund"]
    amount: Units
    currency: Text
    status: Text | None
    metadata: dict[str, Any] | None = None
    payment_intent: Any = None
    charge: Any = None
    failure_reason: Any = None


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """A page of a list or of a search."""

    object: Literal["list", "search_result"]
    data: tuple[T, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """The inside of an error, and the last error of a PaymentIntent."""

    type: Text
    code: Text | None = None
    decline_code: Text | None = None
    advice_code: Any = None
    network_advice_code: Any = None
    payment_intent: Any = None
    payment_method: Any = None
    setup_intent: Any = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The body of an error."""

    error: Problem


@dataclass(frozen=True, slots=True)
class Card:
    """What Stripe tells of a card."""

    fingerprint: Text | None = None
    funding: Text | None = None
    country: Text | None = None
    exp_month: int | None = None
    exp_year: int | None = None
    network_transaction_id: Any = None
    three_d_secure: Any = None
    brand: Any = None
    last4: Any = None


@dataclass(frozen=True, slots=True)
class ThreeDSecure:
    """How the issuer authenticated the payer of a charge."""

    authentication_flow: Text | None = None
    electronic_commerce_indicator: Text | None = None
    result: Text | None = None
    transaction_id: Text | None = None
    version: Text | None = None


@dataclass(frozen=True, slots=True)
class RedirectToUrl:
    """Where the payer has to go."""

    url: Address


@dataclass(frozen=True, slots=True)
class NextAction:
    """What the payer has to do; of all that there may be, the one that is asked for."""

    type: Literal["redirect_to_url"]
    redirect_to_url: RedirectToUrl


@dataclass(frozen=True, slots=True)
class About:
    """The object of an event, read once the type is known."""

    object: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute; ``status`` may be an unknown word."""

    id: Text
    object: Literal["dispute"]
    amount: Units
    currency: Text
    status: Text
    payment_intent: Any = None
    charge: Any = None
    reason: Any = None
    network_reason_code: Any = None
    evidence_details: Any = None


@dataclass(frozen=True, slots=True)
class Event:
    """A webhook."""

    id: Text
    object: Literal["event"]
    type: Text
    data: About
    created: Any = None


@dataclass(frozen=True, slots=True)
class Source:
    """The charge or refund behind a balance transaction."""

    id: Text
    object: Text
    amount: Units
    currency: Text
    metadata: dict[str, Any] | None = None
    payment_intent: Any = None


@dataclass(frozen=True, slots=True)
class BalanceTransaction:
    """A line of the balance; ``amount`` is what it adds, before the fee."""

    id: Text
    object: Literal["balance_transaction"]
    type: Text
    amount: int
    fee: int
    currency: Text
    available_on: Instant
    source: Any = None


def id_of(plain: object) -> str | None:
    """Return the id of an object that stands there as its id or, expanded, as itself."""
    found = plain.get("id") if isinstance(plain, dict) else plain
    return found if isinstance(found, str) else None


def inside(plain: object, *names: str) -> object:
    """Return what stands below ``names`` in plain JSON values; None when nothing does."""
    for name in names:
        plain = plain.get(name) if isinstance(plain, dict) else None
    return plain
