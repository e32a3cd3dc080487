"""One valid row of every table of bank debits; the ids are those of ``valid_rows``."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

MANDATE: Final = UUID(int=25)
_BUCKET: Final = 7
_CUSTOMER, _METHOD, _PAYMENT = UUID(int=1), UUID(int=7), UUID(int=8)
_JULY_1, _AUGUST_1 = date(2026, 7, 1), date(2026, 8, 1)
_NOON: Final = datetime(2026, 7, 1, 12, tzinfo=UTC)

DEBIT_ROWS: Final[Mapping[str, Mapping[str, Any]]] = {
    "scheme_rule": {
        "scheme": "sepa_core", "valid_from": _JULY_1, "notice_days": 14, "notice_unit": "day",
        "notice_days_min": 1, "submit_bank_days": 1, "lapse_months": 36, "source": "a rulebook",
        "checked_on": _JULY_1,
    },
    "mandate": {
        "bucket": _BUCKET, "id": MANDATE, "customer_id": _CUSTOMER, "payment_method_id": _METHOD,
        "psp_account": "aster", "psp_token": "MD1", "scheme": "sepa_core", "reference": "ACME-1",
        "notice_days": 3, "text_version": "2026-1", "accepted_at": _NOON, "ip_hash": bytes(32),
        "machine": "mandate", "state": "active", "state_before": "pending",
        "state_event": "activated", "replaced_by": None, "last_debit_on": None,
        "lapses_on": None, "look_at": None, "fact_no": 1, "event_seq": 1, "created_at": _NOON,
    },
    "mandate_fact": {
        "bucket": _BUCKET, "mandate_id": MANDATE, "no": 1, "fact_key": "EV1",
        "event": "activated", "rank": 2, "source": "webhook", "cause": None,
        "replaced_by": None, "occurred_at": _NOON, "recorded_at": _NOON,
    },
    "debit_notice": {
        "bucket": _BUCKET, "payment_id": _PAYMENT, "no": 1, "mandate_id": MANDATE,
        "currency": "EUR", "amount_minor": 1190, "due_on": _AUGUST_1, "notice_days": 14,
        "notice_unit": "day", "given_on": _JULY_1, "earliest_on": _AUGUST_1, "given_at": _NOON,
    },
}  # fmt: skip
