"""One valid row of every table, in an order in which they can be inserted."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from tests.store.debit_rows import DEBIT_ROWS, MANDATE
from tests.store.dispute_rows import DISPUTE_ROWS
from tests.store.learning_rows import LEARNING_ROWS
from tests.store.mail_rows import MAIL_ROWS
from tests.store.proposal_rows import PROPOSAL_ROWS
from tests.store.release_rows import RELEASES
from tests.store.settlement_rows import SETTLEMENT_ROWS
from tests.store.signing_rows import SIGNING_ROWS

Row = Mapping[str, Any]

BUCKET: Final = 7
DAY: Final = timedelta(days=1)
JULY_1: Final = date(2026, 7, 1)
AUGUST_1: Final = date(2026, 8, 1)
NOON: Final = datetime(2026, 7, 1, 12, tzinfo=UTC)


def numbered(number: int) -> UUID:
    """Make an id that is easy to tell apart in a message."""
    return UUID(int=number)


CUSTOMER, SUBSCRIPTION, PRICE, INVOICE, NOTE, SERIES, METHOD, PAYMENT, ATTEMPT, REFUND, DECISION = (
    numbered(n) for n in range(1, 12)
)
DISPUTE: Final = numbered(24)
FILE: Final = numbered(23)
UNKNOWN: Final = numbered(99)
"""An id that nothing has."""

_OWN: Final = {"bucket": BUCKET, "customer_id": CUSTOMER}
_SALE: Final = {"seller_code": "acme", "currency": "EUR"}
_KEY: Final = {"period_start": JULY_1, "bucket": BUCKET, "item_no": 1, "kind": "recurring"}
_LINE: Final = _KEY | {"subscription_id": SUBSCRIPTION}

FOUND: Final[Mapping[str, Row]] = {
    "environment": {"one": True, "kind": "live"},
    "migration": {"name": "0001_foundation.sql", "checksum": b"", "phase": "expand"},
}
"""Rows that every migrated database has, as far as they matter."""

ROWS: Final[Mapping[str, Row]] = {
    "catalog_release": {"no": 1, "loaded_at": NOON},
    "catalog_part": {
        "kind": "plan", "code": "monthly", "release_no": 1, "hash": sha256(b"{}").digest(),
        "body": b"{}",
    },
    "seller": {
        "code": "acme", "name": "Acme", "legal_name": "Acme Ltd", "country": "IE",
        "zone": "Europe/Dublin", "line1": "1 Quay", "line2": None, "postal_code": None,
        "city": "Dublin", "region": None, "tax_id": "IE1", "registration": None, "email": None,
        "website": None, "colour": "#1f6f5c", "logo": None,
    },
    "market": {
        "code": "DE", "currency": "EUR", "seller_code": "acme", "zone": "Europe/Berlin",
        "locale": "de", "tax_behavior": "inclusive", "rounding_mode": "half_up",
        "rounding_target": "tax", "rounding_components": "separate",
        "simplified_up_to_minor": 25_000, "trial_notice_days": 3, "renewal_notice_days": "30,7",
    },
    "collection_policy": {
        "market_code": "DE", "version": 1, "retry_days": "[2, 7]", "tries_max": 8,
        "collect_days": 21, "grace_days": 14, "reminder_days": "[3]", "paydays": "[]",
        "end_policy": "cancel", "end_plans": "[]", "learned_days": "[]",
        "learned_collect_days": 0, "try_cost_minor": 0,
    },
    "product": {
        "code": "music", "family": "music", "name": "Music", "tax_category": "standard",
        "kind": "base",
    },
    "plan": {
        "code": "monthly", "product_code": "music", "name": "Monthly", "audience": "individual",
        "cadence_count": 1, "cadence_unit": "month", "members_max": 1, "status": "on_sale",
    },
    "plan_phase": {
        "plan_code": "monthly", "no": 1, "kind": "evergreen", "length_count": None,
        "length_unit": None,
    },
    "add_on_rule": {"base_plan_code": "monthly", "add_on_plan_code": "monthly"},
    "price": {
        "id": PRICE, "plan_code": "monthly", "phase_no": 1, "component": "base",
        "market_code": "DE", "channel": "web", "currency": "EUR", "unit_num": 1190, "unit_den": 1,
        "tax_behavior": "inclusive", "valid_from": JULY_1, "owner_subscription_id": None,
    },
    "coupon": {
        "code": "HALF", "percent_ppm": 500_000, "amount_minor": None, "currency": None,
        "periods": 3,
    },
    "tax_rate": {
        "market_code": "DE", "category": "standard", "valid_from": JULY_1, "rate_ppm": 190_000,
        "source": "law", "treatment": "standard", "name": "MwSt.", "reason": None,
        "components": "[]", "recorded_at": NOON,
    },
    "account": {"code": "cash", "kind": "asset"},
    "transfer": {
        **_OWN, **_SALE, "source_id": INVOICE, "purpose": "issue_net", "n": 0,
        "amount_minor": 1000, "debit": "receivable", "credit": "deferred_revenue",
        "dim": "monthly", "booked_on": JULY_1, "occurred_at": NOON,
    },
    "recognition": {
        "bucket": BUCKET, "seller_code": "nordic", "currency": "EUR", "category": "monthly",
        "month": JULY_1, "source_id": INVOICE,
    },
    **RELEASES,
    "ledger_period": {
        "seller_code": "nordic", "month": JULY_1, "state": "closed", "closed_at": NOON,
    },
    "credit_lot": {
        **_OWN, **_SALE, "id": numbered(24), "source_kind": "credit_note", "source_id": NOTE,
        "amount_minor": 119, "remaining_minor": 100, "expires_on": None, "created_at": NOON,
    },
    "customer": {
        "bucket": BUCKET, "id": CUSTOMER, "market_code": "DE", "zone": "Europe/Berlin",
        "locale": "de", "email_sealed": None, "email_hash": None, "metadata": "{}",
        "external_id": None, "version": 1,
        "created_at": NOON, "erased_at": None,
    },
    "customer_version": {
        **_OWN, "version": 1, "locale": "de", "buyer_sealed": b"sealed", "country": "DE",
        "tax_status": "consumer", "place_evidence": "[]", "recorded_at": NOON, "actor": "shop",
    },
    "customer_key": {**_OWN, "wrapped": b"key"},
    "subscription": {
        **_OWN, **_SALE, "id": SUBSCRIPTION, "market_code": "DE", "zone": "Europe/Berlin",
        "family": "music", "state": "active",
        "state_before": "incomplete", "state_event": "activated",
        "grid_origin": JULY_1, "grid_day": 1, "cadence_count": 1, "cadence_unit": "month",
        "billed_through": AUGUST_1, "next_bill_at": NOON, "ends_on": None, "customer_version": 1,
        "metadata": "{}", "item_seq": 1, "log_seq": 1, "event_seq": 1, "version": 1,
        "created_at": NOON, "ended_at": None,
    },
    "subscription_item": {
        "bucket": BUCKET, "subscription_id": SUBSCRIPTION, "no": 1, "component": "base",
        "plan_code": "monthly", "phase_no": 1, "price_id": PRICE, "quantity": 2,
        "starts_on": JULY_1, "ends_on": AUGUST_1,
    },
    "subscription_offer": {
        "bucket": BUCKET, "subscription_id": SUBSCRIPTION, "no": 1, "offer_code": "HALF",
        "component": "base", "from_on": JULY_1, "until_on": AUGUST_1, "periods": 3,
        "cadence_count": 1, "cadence_unit": "month",
    },
    "pending_change": {
        "bucket": BUCKET, "subscription_id": SUBSCRIPTION, "invoice_id": INVOICE,
        "billed_through": AUGUST_1, "lapses_at": NOON, "body": "{}",
    },
    "agreement": {
        "bucket": BUCKET, "subscription_id": SUBSCRIPTION, "kind": "terms",
        "text_version": "2026-07", "language": None, "accepted_at": NOON, "channel": "api",
        "ip_hash": None,
    },
    "trial_redemption": {
        **_OWN, "family": "music", "subscription_id": SUBSCRIPTION, "redeemed_at": NOON,
    },
    "subscription_event": {
        "bucket": BUCKET, "subscription_id": SUBSCRIPTION, "seq": 1, "kind": "created",
        "effective": JULY_1, "entitled_at": NOON, "recorded_at": NOON, "actor": "customer",
        "command_key": "buy", "body": "{}",
    },
    "bill_run": {"id": numbered(20), "as_of": NOON},
    "bill_parked": {
        "bucket": BUCKET, "subscription_id": SUBSCRIPTION, "reason": "defect", "detail": "",
        "parked_at": NOON,
    },
    "checkout_session": {
        "coupon_tries": 0,
        **_OWN, "id": numbered(61), "plan_code": "duo_monthly", "quantity": 1, "add_ons": "[]",
        "coupon_code": None, "with_trial": True, "return_url": "https://shop.example/done",
        "created_at": NOON, "expires_at": NOON + DAY, "closed_at": None,
    },
    "purchase": {
        **_OWN, "id": numbered(21), "subscription_id": SUBSCRIPTION, "invoice_id": INVOICE,
        "payment_id": PAYMENT, "checkout_session_id": numbered(61), "checkout_try": 1,
        "state": "processing",
        "state_before": "-", "state_event": "created", "created_at": NOON,
    },
    "invoice": {
        **_OWN, **_SALE, "id": INVOICE, "customer_version": 1, "subscription_id": SUBSCRIPTION,
        "market_code": "DE",
        "cause": "purchase", "state": "open", "state_before": "-", "state_event": "created",
        "net_minor": 1000, "tax_minor": 190, "total_minor": 1190, "credited_minor": 0,
        "issued_on": JULY_1, "due_on": JULY_1, "issued_at": NOON, "series_id": SERIES,
        "release_no": 1, "paid_at": None, "bill_run_id": None, "event_seq": 1,
    },
    "invoice_line": {
        **_LINE, "invoice_id": INVOICE, "line_no": 1, "component": "base",
        "period_end": AUGUST_1, "grid_start": JULY_1, "grid_end": AUGUST_1,
        "plan_code": "monthly", "price_id": PRICE, "quantity": 1, "unit_num": 1190, "unit_den": 1,
        "grid_minor": 1190, "discount_minor": 0, "net_minor": 1000, "tax_minor": 190,
        "gross_minor": 1190, "currency": "EUR", "tax_category": "standard",
        "tax_rate_ppm": 190_000, "tax_behavior": "inclusive",
    },
    "allocation": {
        "bucket": BUCKET, "invoice_id": INVOICE, "no": 1, "source_kind": "credit",
        "source_id": numbered(24), "amount_minor": 19, "effective_on": JULY_1,
    },
    "credit_note": {
        **_OWN, **_SALE, "id": NOTE, "invoice_id": INVOICE, "reason": "canceled",
        "settles": "customer_credit", "net_minor": 100, "tax_minor": 19, "total_minor": 119,
        "issued_on": JULY_1, "issued_at": NOON, "series_id": SERIES, "release_no": 1,
    },
    "line_credit": {
        **_LINE, "seq": 1, "credit_note_id": NOTE, "credit_start": JULY_1,
        "credit_end": AUGUST_1, "gross_minor": 119, "tax_minor": 19, "net_minor": 100,
        "deferred_net_minor": 60, "booked_on": JULY_1, "currency": "EUR",
        "line_gross_minor": 1190, "cum_gross_minor": 119, "cum_tax_minor": 19,
    },
    "number_series": {
        "id": SERIES, "seller_code": "acme", "kind": "invoice", "period": "2026",
        "template": "{n}", "next_number": 1,
    },
    "series_template": {"seller_code": "acme", "kind": "invoice", "template": "{n}"},
    "numbering_queue": {
        "bucket": BUCKET, "document_id": NOTE, "series_id": SERIES, "issued_at": NOON,
    },
    "document_number": {
        "series_id": SERIES, "position": 1, "document_id": INVOICE, "bucket": BUCKET,
        "display": "1", "stamped_at": NOON, "body_hash": bytes(32), "hash": bytes(32),
    },
    "retention_key": {"seller_code": "acme", "year": 2026, "wrapped": b"key"},
    "document_body": {
        "bucket": BUCKET, "document_id": INVOICE, "series_id": SERIES, "kind": "invoice",
        "sealed": b"sealed",
    },
    "einvoice_check": {
        "bucket": BUCKET, "document_id": INVOICE, "state": "waiting", "findings": "[]",
        "looks": 0, "checked_at": None,
    },
    "psp_account": {
        "code": "aster", "psp": "sandbox", "seller_code": None,
        "settings": '{"base_url": "http://localhost"}', "secrets_sealed": b"s", "status": "active",
        "call_deadline_ms": 3000,
    },
    "routing_policy": {"version": 1, "body": "{}", "loaded_at": NOON},
    **LEARNING_ROWS,
    "network_limit": {
        "network": "visa", "region": "any", "initiator": "any", "hours": 24,
        "valid_from": JULY_1, "tries_max": 9, "source": "a notice", "checked_on": JULY_1,
    },
    "payment_method": {
        **_OWN, "id": METHOD, "brand": "visa", "last4": "4242", "metadata": "{}", "version": 1,
        "created_at": NOON,
    },
    "instrument": {
        "bucket": BUCKET, "payment_method_id": METHOD, "psp_account": "aster",
        "psp_token": "tok_1", "state": "active", "bin": "42424242", "funding": "credit",
        "issuer_country": "DE", "no": 1,
    },
    **DEBIT_ROWS,
    "payment_setup": {
        **_OWN, "id": numbered(42), "psp_account": "aster", "psp_token": "tok_1",
        "data_sealed": None, "brand": "visa", "last4": "4242", "currency": "EUR", "looks": 0,
        "state": "sent", "state_before": "-", "state_event": "created", "makes_default": False,
        "sent_at": NOON, "expires_at": NOON + DAY, "canceled_at": None, "resolve_at": NOON,
        "unknown_since": None, "ended_at": None, "evidence": None, "request_digest": bytes(32),
        "return_url": None, "challenge": False, "action_sealed": None, "action_expires_at": None,
        "payment_method_id": None, "three_ds_status": None,
    },
    "default_method": {"bucket": BUCKET, "customer_id": CUSTOMER, "payment_method_id": METHOD},
    "payment": {
        **_OWN, **_SALE, "id": PAYMENT, "invoice_id": INVOICE, "purpose": "invoice",
        "subscription_id": SUBSCRIPTION, "payment_method_id": METHOD, "amount_minor": 1190,
        "state": "processing", "state_before": "-", "state_event": "created",
        "captured_minor": 0, "refunded_minor": 0, "refunding_minor": 0, "disputed_minor": 0,
        "dispute_lost_minor": 0, "tries": 1,
        "technical_tries": 0, "own_failures": 0, "payer_tries": 0, "awaits_payer": False,
        "next_try_at": None, "settled_attempt_id": None,
        "receipt_id": None, "event_seq": 1, "created_at": NOON,
    },
    "decision": {
        "bucket": BUCKET, "id": DECISION, "kind": "route", "subject_id": ATTEMPT,
        "policy_version": 0, "rule": "default", "candidates": '[{"account": "aster"}]',
        "chosen": "aster", "decided_at": NOON,
    },
    "attempt": {
        "bucket": BUCKET, "payment_id": PAYMENT, "id": ATTEMPT, "ordinal": 1,
        "psp_account": "aster", "psp_token": "tok_1", "currency": "EUR", "amount_minor": 1190,
        "initiator": "customer", "state": "sent", "state_before": "-", "state_event": "created",
        "sent_at": NOON, "resolve_at": NOON, "looks": 0, "unknown_since": None,
        "ended_at": None, "evidence_no": None, "request_digest": None,
        "resume_at": None, "resume_awaits": None, "adopted_from": numbered(31),
        "decision_id": None, "return_url": None, "challenge": False, "mandate_id": MANDATE,
        "notice_no": 1, "due_on": AUGUST_1,
    },
    "attempt_authentication": {
        "bucket": BUCKET, "attempt_id": ATTEMPT, "version": "2.2.0", "challenged": True,
        "status": "Y", "eci": "05", "transaction_id": "ds_1", "liability_shifted": True,
        "recorded_at": NOON,
    },
    "retry_plan": {
        "bucket": BUCKET, "payment_id": PAYMENT, "revision": 1, "attempt_id": ATTEMPT,
        "payment_method_id": METHOD, "market_code": "DE", "policy_version": 1, "tries_max": 8,
        "tries": 1, "category": "insufficient_funds", "advice": "later", "network_advice": None,
        "not_before": None, "slots": "[]", "track": "end", "next_at": NOON, "ends_at": NOON,
        "began_at": NOON, "planned_at": NOON, "decision_id": DECISION,
    },
    "payment_notice": {
        "bucket": BUCKET, "payment_id": PAYMENT, "kind": "reminder", "day": 3, "due_at": NOON,
        "told_at": None,
    },
    "card_notice": {
        "bucket": BUCKET, "payment_method_id": METHOD, "expires_on": AUGUST_1, "days": 7,
        "due_at": NOON, "told_at": None,
    },
    "attempt_evidence": {
        "bucket": BUCKET, "attempt_id": ATTEMPT, "no": 1, "kind": "response",
        "outcome": "succeeded", "recorded_at": NOON,
    },
    "refund": {
        **_OWN, **_SALE, "id": REFUND, "payment_id": PAYMENT, "invoice_id": INVOICE,
        "amount_minor": 119, "cause": "late_success", "reason": "late", "psp_account": "aster",
        "attempt_id": ATTEMPT, "charge_ref": "ch_1", "machine": "refund",
        "state": "sent", "state_before": "requested", "state_event": "sent",
        "sent_at": NOON, "resolve_at": NOON, "looks": 0, "receipt_id": None, "ended_at": None,
        "request_digest": bytes(32), "reversal_receipt_id": None,
    },
    "refund_line": {
        **_LINE, "refund_id": REFUND, "invoice_id": INVOICE, "amount_minor": 119,
        "from_on": JULY_1, "until_on": AUGUST_1,
    },
    "refund_withheld": {
        **_KEY, "refund_id": REFUND, "from_on": JULY_1, "amount_minor": 19,
    },
    "refund_draw": {
        "bucket": BUCKET, "refund_id": REFUND, "lot_id": numbered(32), "payout_id": REFUND,
        "amount_minor": 119,
    },
    **DISPUTE_ROWS,
    "psp_event": {
        "psp_account": "aster", "event_key": "evt_1", "event_type": "charge.succeeded",
        "state": "received", "told": None, "alarm": None, "dispute": None, "mandate": None,
        "body": b"{}", "body_sha256": bytes(32), "received_at": NOON, "due_at": NOON,
    },
    **PROPOSAL_ROWS,
    "money_exception": {
        "bucket": BUCKET, "id": numbered(42), "subject_id": PAYMENT,
        "reason": "late_success", "detail": "",
        "opened_at": NOON, "closed_at": NOON, "closed_by": "mara", "resolution": "refunded",
    },
    **SETTLEMENT_ROWS,
    **MAIL_ROWS,
    "receipt": {
        **_OWN, **_SALE, "id": numbered(22), "kind": "payment", "subject_id": PAYMENT,
        "payment_id": PAYMENT, "invoice_id": INVOICE, "amount_minor": 1190, "issued_on": JULY_1,
        "issued_at": NOON, "series_id": SERIES, "release_no": 1, "offset_minor": 0,
    },
    "cover": {
        **_OWN, "subscription_id": SUBSCRIPTION, "component": "base", "starts_at": NOON,
        "family": "music", "ends_at": NOON + 30 * DAY, "paid_until": NOON + 30 * DAY,
        "reason": "paid", "invoice_id": INVOICE,
    },
    "event": {
        **_OWN, "id": INVOICE, "aggregate_id": INVOICE, "seq": 1, "kind": "invoice.issued",
        "occurred_at": NOON, "body": None,
    },
    "idempotency_key": {
        "bucket": BUCKET, "principal": "shop", "key": "k1", "fingerprint": b"f",
        "state": "waiting", "subject_id": INVOICE, "status": None, "body": None,
        "customer_id": None, "created_at": NOON,
    },
    "customer_note": {
        **_OWN, "id": numbered(63), "author": "per_1", "said_sealed": b"s", "written_at": NOON,
    },
    "portal_session": {
        **_OWN, "id": numbered(62), "leads_to": "home", "link_hash": b"h", "created_at": NOON,
        "link_expires_at": NOON + DAY, "cookie_hash": b"c", "opened_at": NOON, "seen_at": NOON,
        "closed_at": None,
    },
    "api_key": {
        "id": "k1", "principal": "shop", "secret_hash": b"h", "scopes": ["read", "write"],
        "expires_at": None, "created_at": NOON,
    },
    "person": {
        "id": CUSTOMER, "email": "ida@shop.example", "name": "Ida", "role": "owner",
        "created_at": NOON, "disabled_at": None,
    },
    "amount_limit": {"role": "support", "currency": "EUR", "limit_minor": 5000},
    "sign_in_link": {
        "secret_hash": bytes(32), "person_id": CUSTOMER, "created_at": NOON,
        "expires_at": NOON + timedelta(minutes=10), "used_at": NOON,
    },
    **SIGNING_ROWS,
    "audit_entry": {
        "id": INVOICE, "actor": "per_1", "act": "signed_in", "route": "POST /console/sign-in",
        "object_kind": None, "object_id": None, "customer_id": CUSTOMER, "key": "k1",
        "before": None, "after": None, "occurred_at": NOON, "recorded_at": NOON,
    },
    "global_key": {
        "lookup_bucket": 0xABC, "kind": "payment_token", "key_hash": b"\xab\xc1" + bytes(30),
        "bucket": BUCKET, "owner_id": CUSTOMER,
    },
    "lease": {"job": "billing", "bucket_from": 0, "bucket_to": 64, "token": None},
}  # fmt: skip
