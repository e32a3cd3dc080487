"""One valid row of each table of what people decide."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

_BUCKET: Final = 7
_NOON: Final = datetime(2026, 7, 1, 12, tzinfo=UTC)
_PAYMENT, _ATTEMPT = UUID(int=8), UUID(int=9)
PROPOSAL_ROWS: Final[Mapping[str, Mapping[str, Any]]] = {
    "billing_pause": {
        "id": UUID(int=25), "paused_by": "ida", "reason": "prices", "paused_at": _NOON,
        "done_before": 0,
    },
    "sandbox_instruction": {
        "id": UUID(int=26), "kind": "advance", "until": _NOON + timedelta(days=1),
        "psp_account": None, "asked_by": "ida", "asked_from": _NOON, "state": "asked",
    },
    "evidence_proposal": {
        "bucket": _BUCKET, "id": UUID(int=41), "subject_id": _ATTEMPT, "kind": "attempt",
        "outcome": "succeeded", "psp_ref": "ch_1", "note": "ticket 4711",
        "file_sha256": bytes(32), "state": "proposed", "state_before": "-",
        "state_event": "created", "proposed_by": "mara", "proposed_at": _NOON, "ended_by": None,
        "ended_at": None,
    },
    "refund_proposal": {
        "bucket": _BUCKET, "id": UUID(int=43), "payment_id": _PAYMENT, "gives": "money",
        "currency": "EUR", "amount_minor": 1190, "reason": "no music",
        "state": "proposed", "state_before": "-",
        "state_event": "created", "proposed_by": "per_1", "proposed_at": _NOON,
        "expires_at": _NOON + timedelta(days=1), "ended_by": None, "ended_at": None,
        "refund_id": None, "credit_note_id": None,
    },
}  # fmt: skip
