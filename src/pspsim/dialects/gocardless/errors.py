"""Errors in their one shape: type, code, reasons or fields, and where that is documented."""

from collections.abc import Mapping
from typing import Any, Final

from pspsim.records import encode
from pspsim.replies import Reply

_USAGE: Final = "invalid_api_usage"
_STATE: Final = "invalid_state"
_OWN: Final = "gocardless"
_DOCUMENTED: Final = "https://developer.gocardless.com/api-reference/#"

INTERNAL: Final = "internal_server_error"
CONFLICT: Final = "idempotent_creation_conflict"
_REASONS: Final[Mapping[str, tuple[int, str]]] = {
    "access_token_not_found": (401, _USAGE),
    "cancellation_failed": (422, _STATE),
    CONFLICT: (409, _STATE),
    "idempotency_key_too_long": (400, _USAGE),
    INTERNAL: (500, _OWN),
    "invalid_document_structure": (400, _USAGE),
    "invalid_filters": (400, _USAGE),
    "link_not_found": (404, _USAGE),
    "mandate_is_inactive": (422, _STATE),
    "mandate_not_inactive": (422, _STATE),
    "method_not_allowed": (405, _USAGE),
    "missing_authorization_header": (401, _USAGE),
    "missing_version_header": (400, _USAGE),
    "path_not_found": (404, _USAGE),
    "rate_limit_exceeded": (429, _USAGE),
    "refund_payment_invalid_state": (422, _STATE),
    "resource_not_found": (404, _USAGE),
    "retry_failed": (422, _STATE),
    "total_amount_confirmation_invalid": (422, _STATE),
    "version_not_found": (400, _USAGE),
}
"""The reasons of the reference that this dialect has use for, with status and type."""


class Refused(Exception):
    """Refuse a request before anything is created."""

    def __init__(self, reply: Reply, what: str) -> None:
        """Carry the answer; ``what`` is for whoever reads a trace."""
        super().__init__(what)
        self.reply = reply


def refused(reason: str, message: str = "") -> Refused:
    """Build the refusal for a reason of the reference."""
    return Refused(problem(reason, message=message), reason)


def invalid(collection: str, **fields: str) -> Refused:
    """Build the refusal of parameters; ``fields`` says of each what is wrong with it."""
    errors = [
        {"field": name, "message": message, "request_pointer": f"/{collection}/{name}"}
        for name, message in fields.items()
    ]
    return Refused(
        _reply(422, "validation_failed", anchor="validation_failed", errors=errors), str(fields)
    )


def problem(
    reason: str,
    *,
    message: str = "",
    status: int | None = None,
    links: Mapping[str, str] | None = None,
    headers: bytes = b"",
) -> Reply:
    """Build the answer for a reason; ``status`` only where the reference leaves it open."""
    known, type_ = _REASONS[reason]
    error: dict[str, Any] = {"reason": reason, "message": message or reason.replace("_", " ")}
    if links is not None:
        error["links"] = links
    return _reply(status or known, type_, anchor=reason, errors=[error], headers=headers)


def _reply(
    status: int, type_: str, *, anchor: str, errors: list[dict[str, Any]], headers: bytes = b""
) -> Reply:
    body = {
        "error": {
            "message": errors[0]["message"],
            "errors": errors,
            "documentation_url": _DOCUMENTED + anchor,
            "type": type_,
            "request_id": "simulated",
            "code": status,
        }
    }
    return Reply(status, encode(body), headers)
