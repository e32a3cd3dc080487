"""What an operation is: its address, what it takes, what it gives, and who answers it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final, Literal
from uuid import UUID

from msgspec import Struct

from ledgerline.api.refusals import NotFound
from ledgerline.base.ids import PREFIXES, CustomerId, bucket_of, decode
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command
from ledgerline.payments.model import Psps

JSON: Final = "application/json"


class NoParameters(Struct, frozen=True, forbid_unknown_fields=True):
    """The parameters of an operation that has none."""


class Keyed(Enum):
    """Whether a POST takes an idempotency key."""

    NEVER = auto()
    OPTIONAL = auto()
    REQUIRED = auto()  # it moves money


@dataclass(frozen=True, slots=True)
class Call:
    """One request, parsed. ``run`` has its clock fixed; ``command`` is the idempotency key.

    ``principal`` is who asks; ``headers`` are there where an operation reads some.
    """

    run: Run
    psps: Psps
    livemode: bool
    route: str
    request_id: str
    path: Mapping[str, str]
    query: Any
    body: Any
    principal: str = ""
    command: Command | None = None
    raw: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def id(self, kind: str) -> UUID:
        """Read the id in the path; raises ``WrongIdKind``."""
        return read_id(kind, self.path["id"])


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. ``is_final`` is False while the outcome may still change.

    ``customer_id`` is a customer that the request made.
    """

    status: int
    body: Struct | bytes
    location: str | None = None
    media_type: str = JSON
    is_final: bool = True
    customer_id: CustomerId | None = None


Handle = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of the API.

    ``gives`` maps each status of a success to its shape, or to several of which it is one; refusals
    are the same everywhere. ``about`` tells from the parsed call the id of the customer,
    subscription or payment that a keyed request is about: there its key lives, and whose that is
    may read the answer. One that makes a customer is about none.
    ``is_open`` needs no API key; ``is_versioned`` takes the version it changes from ``If-Match``
    too. ``media_type`` is that of its successes.
    """

    name: str
    method: Literal["GET", "PATCH", "POST"]
    path: str
    summary: str
    handle: Handle
    gives: Mapping[int, Any]
    query: type[Struct] = NoParameters
    body: type[Struct] | None = None
    keyed: Keyed = Keyed.NEVER
    about: Callable[[Call], UUID] | None = None
    is_open: bool = False
    takes_raw: bool = False
    is_versioned: bool = False
    media_type: str = JSON

    @property
    def is_safe(self) -> bool:
        """Tell whether it only reads (RFC 9110 §9.2.1); every other method needs a key to write."""
        return self.method == "GET"

    @property
    def moves_money(self) -> bool:
        """Tell whether money may move, so that a key is required."""
        return self.keyed is Keyed.REQUIRED


def read_id(kind: str, text: str) -> UUID:
    """Read an id of a customer's row; raises ``WrongIdKind`` for another kind."""
    found = decode(PREFIXES[kind], text)
    bucket_of(found)  # an id without a bucket is none of ours
    return found


def nothing_here(what: str) -> NotFound:
    """Say that there is no such thing, or that the caller may not see it."""
    return NotFound(f"there is no such {what}")
