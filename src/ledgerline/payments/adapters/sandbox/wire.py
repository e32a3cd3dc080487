"""The objects of the dialect as they stand in JSON."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ledgerline.base.money import MINOR_MAX
from ledgerline.payments.adapters.strict_json import Text

Minor = Annotated[int, Meta(gt=0, le=MINOR_MAX)]


@dataclass(frozen=True, slots=True)
class ChargeOrder:
    """The body of a charge; the order of the fields is the order on the wire."""

    reference: str
    amount: int
    currency: str
    payment_token: str
    initiator: str
    description: str
    return_url: str | UnsetType = UNSET
    challenge: bool | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """The body of a cancellation."""

    reference: str


@dataclass(frozen=True, slots=True)
class EvidenceOrder:
    """The body of evidence for a dispute: a PDF in base 64."""

    reference: str
    document: str


@dataclass(frozen=True, slots=True)
class HeldEvidence:
    """What stands under our reference: evidence that was taken, or none."""

    reference: Text
    status: Text


@dataclass(frozen=True, slots=True)
class SetupOrder:
    """The body of a set-up; without a token the payer gives everything on the provider's page."""

    reference: str
    currency: str
    payment_token: str | UnsetType = UNSET
    return_url: str | UnsetType = UNSET
    challenge: bool | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """The body of a refund."""

    reference: str
    charge: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Charge:
    """What the provider holds of a charge; ``status`` and the codes may be unknown words.

    ``card``, ``three_ds`` and the network's id are read apart: whatever they are, money has moved
    or not.
    """

    id: Text
    object: Literal["charge"]
    reference: Text
    amount: Minor
    currency: Text
    status: Text
    final: bool = False
    decline_code: Text | None = None
    network_code: Text | None = None
    network_transaction_id: Any = None
    action: Any = None
    three_ds: Any = None
    card: Any = None


@dataclass(frozen=True, slots=True)
class Setup:
    """What the provider holds of a set-up; ``payment_token`` can be charged once it succeeded."""

    id: Text
    object: Literal["setup"]
    reference: Text
    currency: Text
    status: Text
    final: bool = False
    payment_token: Text | None = None
    decline_code: Text | None = None
    network_code: Text | None = None
    network_transaction_id: Any = None
    action: Any = None
    three_ds: Any = None
    card: Any = None


@dataclass(frozen=True, slots=True)
class Card:
    """What the provider tells of a card."""

    fingerprint: Text | None = None
    bin: Text | None = None
    funding: Text | None = None
    issuer_country: Text | None = None
    expires: Text | None = None
    brand: Text | None = None
    last4: Text | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """What the payer has to open."""

    url: Text
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ThreeDs:
    """How the payer was authenticated."""

    version: Text | None = None
    flow: Text | None = None
    status: Text | None = None
    eci: Text | None = None
    transaction_id: Text | None = None
    liability_shift: bool | None = None


@dataclass(frozen=True, slots=True)
class Refund:
    """What the provider holds of a refund."""

    id: Text
    object: Literal["refund"]
    reference: Text
    charge: Text
    amount: Minor
    currency: Text
    status: Text


@dataclass(frozen=True, slots=True)
class Charges:
    """The charges found under one reference."""

    data: tuple[Charge, ...]


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Whether everything under a reference is ended, and what is held there."""

    object: Literal["cancellation"]
    canceled: bool
    data: tuple[Charge, ...]


@dataclass(frozen=True, slots=True)
class Setups:
    """The set-ups found under one reference."""

    data: tuple[Setup, ...]


@dataclass(frozen=True, slots=True)
class SetupCancellation:
    """Whether every set-up under a reference is ended, and what is held there."""

    object: Literal["cancellation"]
    canceled: bool
    data: tuple[Setup, ...]


@dataclass(frozen=True, slots=True)
class Refunds:
    """The refunds found under one reference."""

    data: tuple[Refund, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """The inside of an error body."""

    code: Text


@dataclass(frozen=True, slots=True)
class Refusal:
    """The body of an error."""

    error: Problem


@dataclass(frozen=True, slots=True)
class Dispute:
    """What the provider holds of a dispute; ``reference`` is that of its charge."""

    id: Text
    object: Literal["dispute"]
    reference: Text
    charge: Text
    amount: Minor
    currency: Text
    kind: Text
    stage: Text
    reason: Text
    status: Text
    due_by: Any = None


@dataclass(frozen=True, slots=True)
class Event:
    """A webhook; ``data`` is read once the type is known."""

    type: Text
    data: dict[str, object]
    created: Any = None


def encode(order: ChargeOrder | RefundOrder | SetupOrder | CancelOrder | EvidenceOrder) -> bytes:
    """Write an order; equal orders give equal bytes."""
    return msgspec.json.encode(order)
