"""A valid mail, a valid block, and what is told by them or beside them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

_NOON: Final = datetime(2026, 7, 1, 12, tzinfo=UTC)
_AUGUST_1: Final = date(2026, 8, 1)
_OWN: Final = {"bucket": 7, "customer_id": UUID(int=1)}
MAIL_ROWS: Final[Mapping[str, Mapping[str, Any]]] = {
    "mail": {
        **_OWN, "id": UUID(int=40), "kind": "receipt", "subject_id": UUID(int=8), "occasion": 1,
        "sequence": 1, "told": None, "occurred_at": _NOON, "written_at": _NOON, "actor": "events",
        "state": "waiting", "reason": None, "tries": 0, "due_at": _NOON, "ended_at": None,
        "language": None, "facts": None, "address_sealed": None,
    },
    "renewal_notice": {
        "bucket": 7, "subscription_id": UUID(int=2), "renews_on": _AUGUST_1, "days": 7,
        "due_at": _NOON, "told_at": None,
    },
    "market_text": {
        "market_code": "DE", "kind": "terms", "language": "de", "version": "2026-07",
        "valid_from": _AUGUST_1, "body": "Ich stimme zu.", "link": None, "is_reviewed": False,
        "loaded_at": _NOON,
    },
    "mail_block": {
        **_OWN, "address_hash": bytes(32), "reason": "550 no such user", "blocked_at": _NOON,
    },
}  # fmt: skip
