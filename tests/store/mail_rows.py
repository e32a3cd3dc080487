"""A valid mail and a valid block, and what the schema must refuse of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

_NOON: Final = datetime(2026, 7, 1, 12, tzinfo=UTC)
_OWN: Final = {"bucket": 7, "customer_id": UUID(int=1)}
MAIL_ROWS: Final[Mapping[str, Mapping[str, Any]]] = {
    "mail": {
        **_OWN, "id": UUID(int=40), "kind": "receipt", "subject_id": UUID(int=8), "occasion": 1,
        "sequence": 1, "told": None, "occurred_at": _NOON, "written_at": _NOON, "actor": "events",
        "state": "waiting", "reason": None, "tries": 0, "due_at": _NOON, "ended_at": None,
        "language": None, "facts": None, "address_sealed": None,
    },
    "mail_block": {
        **_OWN, "address_hash": bytes(32), "reason": "550 no such user", "blocked_at": _NOON,
    },
}  # fmt: skip
