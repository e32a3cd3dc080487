"""The objects of the dialect as they stand in JSON, and how bytes become objects."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from ledgerline.base.money import MINOR_MAX
from ledgerline.payments.adapters import strict_json

# Printable ASCII: what is not (NUL, half a surrogate) is no word of the dialect and not storable.
Text = Annotated[str, Meta(pattern=r"\A[ -~]{1,255}\Z")]
Minor = Annotated[int, Meta(gt=0, le=MINOR_MAX)]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ChargeOrder:
    """The body of a charge; the order of the fields is the order on the wire."""

    reference: str
    amount: int
    currency: str
    payment_token: str
    initiator: str
    description: str


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

    ``card`` and the network's id are read apart: whatever they are, money has moved or not.
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
    card: Any = None


@dataclass(frozen=True, slots=True)
class Card:
    """What the provider tells of a card."""

    fingerprint: Text | None = None
    bin: Text | None = None
    funding: Text | None = None
    issuer_country: Text | None = None
    expires: Text | None = None


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
class Event:
    """A webhook; ``data`` is read once the type is known."""

    type: Text
    data: dict[str, object]


def encode(order: ChargeOrder | RefundOrder) -> bytes:
    """Write an order; equal orders give equal bytes."""
    return msgspec.json.encode(order)


def decode(body: bytes, kind: type[T]) -> T | None:
    """Read a reply, or return None when the bytes are not that object. Extra fields are ignored."""
    try:
        return msgspec.json.decode(body, type=kind, strict=True)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def decode_event(body: bytes) -> Event | None:
    """Read a webhook strictly, or return None when the bytes are no event."""
    try:
        return convert(strict_json.loads(body), Event)
    except ValueError:
        return None


def convert(plain: object, kind: type[T]) -> T | None:
    """Read plain JSON values as ``kind``, or return None when they are not that object."""
    try:
        return msgspec.convert(plain, type=kind, strict=True)
    except msgspec.MsgspecError:
        return None


def word(plain: object) -> str | None:
    """Read one plain JSON value as a text of the dialect, or return None when it is none."""
    found = convert({"text": plain}, _Word)
    return None if found is None else found.text


@dataclass(frozen=True, slots=True)
class _Word:
    text: Text
