"""Answers of the public API, and how much of an answer reaches the client, and when."""

from collections.abc import Callable
from enum import Enum, auto
from http import HTTPStatus
from typing import NamedTuple

from pspsim.records import Charge, Kind, Refund, Status, Stored, encode


class RequestRefused(Exception):
    """Refuse a request before anything is executed or stored."""

    def __init__(self, message: str, *, code: str = "invalid_request") -> None:
        """Carry the error code of the dialect and a sentence for the developer."""
        super().__init__(message)
        self.message = message
        self.code = code


class Send(Enum):
    """Say how much of the answer is sent; the connection ends unless it is the whole."""

    WHOLE = auto()
    HALF = auto()
    NOTHING = auto()


JSON = b"application/json"


class Reply(NamedTuple):
    """Hold one answer."""

    status: int
    body: bytes
    headers: bytes = b""
    """Further header lines, each with its line end."""
    wait_ms: int = 0
    """Real milliseconds before anything is sent."""
    send: Send = Send.WHOLE
    when_sent: Callable[[], None] | None = None
    content_type: bytes = JSON


REPLAYED = b"idempotent-replayed: true\r\n"


def problem(status: int, code: str, *, message: str = "", headers: bytes = b"") -> Reply:
    """Build an error answer."""
    error = {"code": code, "message": message} if message else {"code": code}
    return Reply(status, encode({"error": error}), headers)


def refused(refusal: RequestRefused) -> Reply:
    """Build the answer to a request that broke a rule of the API."""
    return problem(422, refusal.code, message=refusal.message)


def executed(stored: Stored, *, headers: bytes = b"") -> Reply:
    """Build the answer that is kept under a key: the object, or the error that hid it."""
    if stored.answer >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return problem(stored.answer, "internal_error", headers=headers)
    return Reply(stored.answer, encode(stored.item), headers)


_STATUSES = {
    Status.SUCCEEDED: 200,
    Status.CANCELED: 200,
    Status.DECLINED: 402,
    Status.PENDING: 202,
    Status.REQUIRES_ACTION: 202,
}


def status_of(item: Charge | Refund) -> int:
    """Return the HTTP status that belongs to an execution."""
    if isinstance(item, Refund):
        return 200
    return _STATUSES[item.status]


def listing(items: list[Charge] | list[Refund]) -> Reply:
    """Build the answer to a search."""
    return Reply(200, encode({"data": items}))


def kind_of(item: Charge | Refund) -> Kind:
    """Return the kind of an object."""
    return Kind.CHARGE if isinstance(item, Charge) else Kind.REFUND
