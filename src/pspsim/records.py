"""The objects of the public API and the lines of the journal that carry them."""

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, Struct, UnsetType

from pspsim.faults import Fault


class Kind(StrEnum):
    """Tell the two commands apart."""

    CHARGE = "charge"
    REFUND = "refund"


class Status(StrEnum):
    """Say how an execution stands."""

    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    FAILED = "failed"
    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    CANCELED = "canceled"


class Card(Struct, frozen=True, kw_only=True):
    """The card behind a token, as far as a provider may tell; ``expires`` is its last month."""

    fingerprint: str
    bin: str
    funding: str
    issuer_country: str
    expires: str


class Action(Struct, frozen=True, kw_only=True):
    """What the payer of a charge has to open, and until when it waits for them."""

    url: str
    expires_at: datetime | UnsetType = UNSET


class ThreeDs(Struct, frozen=True, kw_only=True):
    """How the payer was authenticated, in the words of EMV 3-D Secure."""

    version: str
    flow: str
    status: str
    eci: str
    transaction_id: str
    liability_shift: bool


class Charge(Struct, frozen=True, kw_only=True):
    """One executed charge, exactly as the public API shows it."""

    id: str
    object: str = "charge"
    reference: str
    amount: int
    currency: str
    status: Status
    decline_code: str | UnsetType = UNSET
    network_code: str | UnsetType = UNSET
    network_transaction_id: str | UnsetType = UNSET
    action: Action | UnsetType = UNSET
    three_ds: ThreeDs | UnsetType = UNSET
    card: Card
    final: bool
    created: datetime


class Refund(Struct, frozen=True, kw_only=True):
    """One executed refund, exactly as the public API shows it."""

    id: str
    object: str = "refund"
    reference: str
    charge: str
    amount: int
    currency: str
    status: Status
    created: datetime


class Dispute(Struct, frozen=True, kw_only=True):
    """A dispute of one charge, exactly as the native dialect shows it."""

    id: str
    object: str = "dispute"
    reference: str
    charge: str
    amount: int
    currency: str
    kind: str
    stage: str
    reason: str
    status: str
    due_by: datetime
    created: datetime


class Opened(Struct, frozen=True, tag="opened"):
    """Begin a journal: it belongs to one world and one seed."""

    world: str
    seed: int


class ChargeExecuted(Struct, frozen=True, tag="charge"):
    """Record a charge, the key it came under and the status of its answer."""

    provider: str
    key: str
    fingerprint: str
    answer: int
    token: str
    item: Charge
    note: dict[str, str] = {}
    """What a dialect keeps beside it."""
    ends: str | UnsetType = UNSET
    """The decline that a pending charge ends in; it succeeds without one."""
    pays_out: bool | UnsetType = UNSET
    """Whether it is paid out to the merchant some time after it succeeded."""


class RefundExecuted(Struct, frozen=True, tag="refund"):
    """Record a refund, the key it came under and the status of its answer."""

    provider: str
    key: str
    fingerprint: str
    answer: int
    item: Refund
    note: dict[str, str] = {}
    ends: str | UnsetType = UNSET


class Settled(Struct, frozen=True, tag="settled"):
    """Record that a pending execution succeeded, or how it ended without money.

    So ends one that asked for its payer as well, with how they were authenticated.
    """

    provider: str
    kind: Kind
    id: str
    at: datetime
    decline: str | UnsetType = UNSET
    three_ds: ThreeDs | UnsetType = UNSET


class Canceled(Struct, frozen=True, tag="canceled"):
    """Record that a charge was ended before it was executed, or (None) that none may begin."""

    provider: str
    reference: str
    id: str | None
    at: datetime


class PaidOut(Struct, frozen=True, tag="paid_out"):
    """Record that a charge went to the merchant's bank."""

    provider: str
    id: str
    at: datetime


class DisputeChanged(Struct, frozen=True, kw_only=True, tag="dispute"):
    """Record one step of a dispute; ``moved`` is what came back by it, negative what was taken.

    ``number`` counts the steps of all disputes of the provider.
    """

    provider: str
    item: Dispute
    step: str
    number: int
    moved: int
    at: datetime


class RefundReversed(Struct, frozen=True, tag="reversed"):
    """Record that a refund which had succeeded came back."""

    provider: str
    id: str
    at: datetime


class FaultMet(Struct, frozen=True, tag="fault"):
    """Record a fault before execution, so that the next request is another ordinal."""

    provider: str
    kind: Kind
    reference: str
    fault: Fault


AUTHENTICATED = "authenticated"
"""What is kept so of a card is that its payer was authenticated once."""


class Kept(Struct, frozen=True, tag="kept"):
    """Record an object of a dialect that moves no money, such as a customer; it replaces itself."""

    provider: str
    collection: str
    id: str
    value: dict[str, Any]


class ClockMoved(Struct, frozen=True, tag="clock"):
    """Record where the virtual clock stands."""

    now: datetime


class PayoutFailed(Struct, frozen=True, tag="payout_failed"):
    """Record that a payout did not arrive: its amount is in the balance again."""

    provider: str
    id: str
    amount: int
    currency: str
    at: datetime


class TargetSet(Struct, frozen=True, tag="target"):
    """Record where the webhooks of a provider go; None switches them off."""

    provider: str
    url: str | None


class RatesSet(Struct, frozen=True, tag="rates"):
    """Record fault rates that replace those of the world."""

    provider: str
    rates: dict[str, int]


class OutageAdded(Struct, frozen=True, tag="outage"):
    """Record a further outage of a provider."""

    provider: str
    start: datetime
    end: datetime


Executed = ChargeExecuted | RefundExecuted
Entry = (
    Executed
    | Settled
    | Canceled
    | PaidOut
    | DisputeChanged
    | RefundReversed
    | PayoutFailed
    | FaultMet
    | Kept
    | ClockMoved
    | TargetSet
    | RatesSet
    | OutageAdded
)
Line = Opened | Entry


class Stored(NamedTuple):
    """Hold the first answer given under an idempotency key."""

    fingerprint: str
    answer: int
    item: Charge | Refund


class Execution(NamedTuple):
    """Point at one execution, in the order of execution."""

    kind: Kind
    provider: str
    id: str
    key: str


encode = msgspec.json.Encoder().encode
