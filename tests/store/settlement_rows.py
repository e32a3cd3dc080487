"""One valid row of every table of settlement files; the ids are those of ``valid_rows``."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

FILE: Final = UUID(int=23)
_JULY_1: Final = date(2026, 7, 1)
_NOON: Final = datetime(2026, 7, 1, 12, tzinfo=UTC)

SETTLEMENT_ROWS: Final[Mapping[str, Mapping[str, Any]]] = {
    "settlement_file": {
        "id": FILE, "psp_account": "aster", "sha256": bytes(32), "format": "sandbox",
        "reference": "po_1", "seller_code": "acme", "state": "imported", "why": None,
        "corrects": None, "lines": 2, "first_on": _JULY_1, "last_on": _JULY_1, "imported_at": _NOON,
    },
    "settlement_line": {
        "file_id": FILE, "line_no": 1, "kind": "charge", "reference": "ours", "psp_ref": "ch_1",
        "gross_minor": 1190, "gross_currency": "EUR", "fee_minor": 42, "net_minor": 1148,
        "currency": "EUR", "settled_on": _JULY_1, "match": "unmatched", "subject_id": None,
        "seller_code": "acme", "suspense_minor": 1190, "id": UUID(int=24),
    },
    "settlement_step": {"file_id": FILE, "state": "imported", "recorded_at": _NOON},
    "settlement_total": {
        "file_id": FILE, "seller_code": "acme", "gross_currency": "EUR", "currency": "EUR",
        "lines": 1, "turnover_minor": 1190, "explained_minor": 0, "gross_minor": 1190,
        "fee_minor": 42, "tax_minor": 0, "net_minor": 1148, "paid_minor": 1148,
    },
    "payout": {
        "id": UUID(int=25), "psp_account": "aster", "reference": "po_1", "file_id": FILE,
        "amount_minor": 1148, "currency": "EUR", "announced_on": _JULY_1, "state_before": "-",
        "state_event": "created", "state": "announced", "step_no": 0, "paid_on": None,
        "bank_minor": None, "bank_note": None, "returned_on": None, "failed_on": None,
        "failed_by": None, "failed_note": None, "reversed_minor": None,
    },
    "payout_step": {
        "payout_id": UUID(int=25), "no": 1, "event": "arrived", "happened_on": _JULY_1,
        "amount_minor": 1148, "note": "statement 1", "n": 0, "recorded_at": _NOON,
    },
}  # fmt: skip
