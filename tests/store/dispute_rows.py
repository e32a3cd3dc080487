"""One valid row of every table of disputes; the ids are those of ``valid_rows``."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

_BUCKET: Final = 7
_CUSTOMER, _INVOICE, _PAYMENT, _ATTEMPT = (UUID(int=n) for n in (1, 4, 8, 9))
_DISPUTE: Final = UUID(int=24)
_NOON: Final = datetime(2026, 7, 1, 12, tzinfo=UTC)

DISPUTE_ROWS: Final[Mapping[str, Mapping[str, Any]]] = {
    "dispute": {
        "bucket": _BUCKET, "customer_id": _CUSTOMER, "seller_code": "acme", "currency": "EUR",
        "id": _DISPUTE, "payment_id": _PAYMENT, "attempt_id": _ATTEMPT, "invoice_id": _INVOICE,
        "psp_account": "aster", "psp_ref": "dp_1", "kind": "card", "stage": "formal",
        "reason": "fraud", "reason_code": "10.4", "amount_minor": 119, "held_minor": 90,
        "over_minor": 19, "offset_minor": 10, "reopened_minor": 0, "machine": "dispute",
        "state": "needs_response", "state_before": "warning", "state_event": "opened",
        "due_by": _NOON, "told_at": _NOON, "opened_at": _NOON, "fact_no": 1, "event_seq": 1,
    },
    "dispute_fact": {
        "bucket": _BUCKET, "dispute_id": _DISPUTE, "no": 1, "fact_key": "evt_1", "event": "opened",
        "source": "webhook", "applied": True, "amount_minor": 119, "taken_minor": 119,
        "given_minor": 0, "occurred_at": _NOON, "recorded_at": _NOON, "note": "",
    },
    "dispute_draw": {
        "bucket": _BUCKET, "dispute_id": _DISPUTE, "no": 1, "lot_id": UUID(int=32),
        "amount_minor": 10,
    },
    "dispute_evidence": {
        "bucket": _BUCKET, "id": UUID(int=33), "dispute_id": _DISPUTE, "psp_account": "aster",
        "dispute_ref": "dp_1", "stage": "formal", "defence": None, "pack": b"%PDF-",
        "pack_hash": bytes(32), "request_digest": bytes(32), "sent_by": "mara",
        "machine": "dispute_evidence", "state": "sent", "state_before": "-",
        "state_event": "created", "psp_code": None, "looks": 0, "sent_at": _NOON,
        "resolve_at": _NOON, "ended_at": None,
    },
    "dispute_policy": {"kind": "card", "when_lost": "recollect", "set_at": _NOON},
}  # fmt: skip
