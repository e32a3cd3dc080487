"""Errors in Stripe's shape.

Source: Stripe API reference, "Errors"; guides "Error codes" and "Advanced error handling".
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from pspsim.records import encode
from pspsim.replies import Reply

INVALID: Final = "invalid_request_error"
API_ERROR: Final = "api_error"

# The words of the simulator: their status, type and code here.
_WORDS: Final[Mapping[str, tuple[int | None, str, str | None]]] = MappingProxyType(
    {
        "unauthorized": (401, INVALID, None),
        "rate_limited": (429, INVALID, "rate_limit"),
        "idempotency_mismatch": (400, "idempotency_error", None),
        "idempotency_in_progress": (409, "idempotency_error", "idempotency_key_in_use"),
        "unavailable": (None, API_ERROR, None),
        "internal_error": (None, API_ERROR, None),
        "not_found": (404, INVALID, "resource_missing"),
        "method_not_allowed": (404, INVALID, None),
        "invalid_request": (400, INVALID, None),
    }
)
_MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "unauthorized": "This API key is not known.",
        "rate_limited": "Too many requests.",
        "idempotency_mismatch": "This key came with other parameters before.",
        "idempotency_in_progress": "A request with this key is still running.",
    }
)


class Refused(Exception):
    """Refuse a request; ``error`` is the inside of the body."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        """Carry the status and the error."""
        super().__init__(error.get("message", ""))
        self.status = status
        self.error = error


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> Refused:
    """Build the refusal of a request that is not as documented."""
    return Refused(400, _error(INVALID, code=code, message=message, param=param))


def missing(kind: str, id_: str, *, param: str | None = None) -> Refused:
    """Build the refusal of an id nobody has: 404 in a path, 400 in a parameter."""
    message = f"No such {kind}: '{id_}'"
    error = _error(INVALID, code="resource_missing", message=message, param=param or "id")
    return Refused(404 if param is None else 400, error)


def reply(status: int, error: Mapping[str, Any], *, headers: bytes = b"") -> Reply:
    """Build an error answer."""
    return Reply(status, encode({"error": error}), headers)


def problem(status: int, word: str, *, message: str, headers: bytes) -> Reply:
    """Build the error answer for a word of the simulator."""
    own_status, kind, code = _WORDS.get(word, (None, INVALID, word))
    text = message or _MESSAGES.get(word, "Something went wrong.")
    return reply(
        own_status or status, _error(kind, code=code, message=text, param=None), headers=headers
    )


def _error(kind: str, *, code: str | None, message: str, param: str | None) -> dict[str, Any]:
    told = {"code": code, "message": message, "param": param, "type": kind}
    return {name: value for name, value in told.items() if value is not None}
