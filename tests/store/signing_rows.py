"""Valid rows of what lets people in, and of what they do in bulk."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

_NOON: Final = datetime(2026, 7, 1, 12, tzinfo=UTC)
_PERSON, _INVOICE, _JOB = UUID(int=1), UUID(int=4), UUID(int=90)
SIGNING_ROWS: Final[Mapping[str, Mapping[str, Any]]] = {
    "person_session": {
        "id": _INVOICE, "secret_hash": bytes(32), "way": "link", "link_hash": bytes(32),
        "person_id": _PERSON, "started_at": _NOON, "seen_at": _NOON,
        "expires_at": _NOON + timedelta(hours=12), "ended_at": None,
    },
    "person_password": {
        "person_id": _PERSON, "hash": "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA",
        "set_at": _NOON,
    },
    "person_identity": {
        "person_id": _PERSON, "issuer": "https://login.example", "subject": "ida",
        "bound_at": _NOON,
    },
    "saved_filter": {
        "id": UUID(int=91), "person_id": _PERSON, "path": "/console/payments",
        "query": "state=failed", "name": "Failed", "shared_with": "finance", "created_at": _NOON,
    },
    "sign_in_state": {
        "state_hash": bytes(32), "browser_hash": bytes(32), "created_at": _NOON,
        "expires_at": _NOON + timedelta(minutes=10), "used_at": _NOON,
    },
    "sign_in_count": {
        "key_hash": bytes(32), "tries": 1, "began_at": _NOON, "known_at": None,
    },
    "bulk_job": {
        "id": _JOB, "kind": "charge_invoices", "chosen": "ids", "as_of": _NOON,
        "asked_by": "per_1", "asked_at": _NOON, "is_large": True, "started_by": "per_2",
        "started_at": _NOON, "paused_at": None, "canceled_at": None, "ended_at": _NOON,
    },
    "bulk_row": {
        "job_id": _JOB, "no": 1, "subject_id": _INVOICE, "customer_id": _PERSON,
        "amount_minor": 1799, "currency": "EUR", "outcome": "done", "reason": "",
        "ended_at": _NOON,
    },
}  # fmt: skip
