"""What the database must refuse: for every rule of the schema at least one way to break it.

A broken row is the valid row of its table with a few values changed. Where the rule is a key or a
reference, the row gets a fresh id, so that nothing else can refuse it first.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final, LiteralString, NamedTuple

from tests.store.valid_rows import (
    ATTEMPT,
    AUGUST_1,
    BUCKET,
    DAY,
    JULY_1,
    NOON,
    PAYMENT,
    UNKNOWN,
)

CHECK: Final = "23514"
UNIQUE: Final = "23505"
REFERENCE: Final = "23503"
RESTRICT: Final = "23001"
JULY_2: Final = date(2026, 7, 2)
JULY_31: Final = date(2026, 7, 31)
FRESH: Final = {"id": UNKNOWN}
ELSEWHERE: Final = {"bucket": BUCKET + 1}
"""Another bucket: whatever is referenced does not exist there."""


class Broken(NamedTuple):
    """A row that ``rule`` must refuse with ``sqlstate``."""

    rule: str
    sqlstate: str
    table: str
    changes: dict[str, Any]


class Typed(NamedTuple):
    """A statement that ``rule`` must refuse with ``sqlstate``."""

    rule: str
    sqlstate: str
    statement: LiteralString


def checks(table: str, rule: str, *changes: dict[str, Any]) -> Iterator[Broken]:
    """Break a CHECK once by each of ``changes``."""
    yield from (Broken(f"{table}_{rule}", CHECK, table, change) for change in changes)


def step(before: str, event: str, after: str, **others: object) -> dict[str, Any]:
    """Put a row on a step of its state table."""
    return {"state_before": before, "state_event": event, "state": after, **others}


_UNTAXED: Final = {"treatment": "zero"}
CHECKS: Final = (
    *checks("account", "kind", {"kind": "equity"}),
    *checks("environment", "is_one_row", {"one": False}),
    *checks("environment", "kind", {"kind": "staging"}),
    *checks("environment", "made", {"made": "nearly"}),
    *checks("environment", "kek_size", {"kek_check": bytes(31)}),
    *checks("environment", "live_has_no_clock", {"instant": NOON}),
    *checks("migration", "phase", {"phase": "later"}),
    *checks("market", "tax_behavior", {"tax_behavior": "none"}),
    *checks("market", "currency", {"currency": "eur"}, {"currency": "EURO"}),
    *checks("market", "rounding_mode", {"rounding_mode": "nearest"}),
    *checks("market", "rounding_target", {"rounding_target": "gross"}),
    *checks("market", "rounding_components", {"rounding_components": "half"}),
    *checks("market", "simplified", {"simplified_up_to_minor": 0}),
    *checks("seller", "colour", {"colour": "#1F6F5C"}, {"colour": "green"}),
    *checks("plan", "cadence", {"cadence_count": 0}, {"cadence_unit": "hour"}),
    *checks("product", "kind", {"kind": "gift"}),
    *checks("plan", "members", {"members_max": 0}),
    *checks("plan", "status", {"status": "draft"}),
    *checks("plan_phase", "no", {"no": 0}),
    *checks("plan_phase", "kind", {"kind": "pause", "length_count": 1, "length_unit": "month"}),
    *checks(
        "plan_phase", "trial",
        {"no": 2, "kind": "trial", "length_count": 30, "length_unit": "day"},
    ),
    *checks(
        "plan_phase", "open",
        {"kind": "intro"}, {"length_count": 1, "length_unit": "month"},
    ),
    *checks(
        "plan_phase", "length",
        {"length_unit": "month"}, {"kind": "intro", "length_count": 3},
        {"kind": "intro", "length_count": 0, "length_unit": "month"},
        {"kind": "intro", "length_count": 3, "length_unit": "hour"},
    ),
    *checks(
        "price", "unit",
        {"unit_num": -1}, {"unit_den": 0}, {"unit_num": 1, "unit_den": 1_000_001},
        {"unit_num": 2, "unit_den": 2},
    ),
    *checks("price", "tax_behavior", {"tax_behavior": "none"}),
    *checks(
        "coupon", "one_effect",
        {"amount_minor": 5, "currency": "EUR"}, {"percent_ppm": None},
    ),
    *checks("coupon", "percent", {"percent_ppm": 0}, {"percent_ppm": 1_000_001}),
    *checks("coupon", "amount", {"percent_ppm": None, "amount_minor": 0, "currency": "EUR"}),
    *checks("coupon", "currency", {"percent_ppm": None, "amount_minor": 5}, {"currency": "EUR"}),
    *checks("coupon", "periods", {"periods": 0}),
    *checks("tax_rate", "bounds", {"rate_ppm": -1, **_UNTAXED}, {"rate_ppm": 1_000_001}),
    *checks("tax_rate", "treatment", {"rate_ppm": 0}, _UNTAXED, {"treatment": "reverse_charge"}),
    *checks("tax_rate", "reason", {"rate_ppm": 0, "treatment": "product_exempt"}),
    *checks("tax_rate", "components", {"components": "{}"}),
    *checks("transfer", "amount", {"amount_minor": 0}, {"amount_minor": -5}),
    *checks("transfer", "two_accounts", {"credit": "receivable"}),
    *checks("transfer", "accounts", {"debit": "cash"}, {"credit": "cash"}),
    *checks("transfer", "purpose", {"purpose": "gift"}),
    *checks("ledger_period", "month", {"month": JULY_2}),
    *checks("ledger_period", "state", {"state": "shut", "closed_at": None}),
    *checks("ledger_period", "closed", {"closed_at": None}, {"state": "open"}),
    *checks("credit_lot", "amount", {"amount_minor": 0, "remaining_minor": 0}),
    *checks("credit_lot", "remaining", {"remaining_minor": -1}, {"remaining_minor": 120}),
    *checks("credit_lot", "source", {"source_kind": "gift"}),
    *checks("recognition", "month", {"month": JULY_2}),
    *checks("customer", "bucket", {"bucket": -1}, {"bucket": 4096}),
    *checks("subscription", "transition", step("incomplete", "payment_settled", "active")),
    *checks("subscription", "items_counted", {"item_seq": -1}),
    *checks(
        "subscription", "ended_is_not_billed",
        {"ended_at": NOON},
        step("active", "canceled", "canceled", next_bill_at=None),
        step("active", "canceled", "canceled", ended_at=NOON),
    ),
    *checks("subscription_item", "quantity", {"quantity": 0}, {"quantity": 100_001}),
    *checks("subscription_item", "no", {"no": 0}),
    *checks("subscription_item", "days", {"starts_on": JULY_2, "ends_on": JULY_1}),
    *checks("subscription_offer", "days", {"until_on": JULY_1}, {"from_on": AUGUST_1}),
    *checks("subscription_event", "seq", {"seq": 0}),
    *checks("subscription_event", "kind", {"kind": "paused"}),
    *checks("purchase", "transition", step("-", "created", "completed")),
    *checks("invoice", "foots", {"net_minor": 999}, {"total_minor": 1191}),
    *checks("invoice", "credited", {"credited_minor": -1}, {"credited_minor": 1191}),
    *checks("invoice", "cause", {"cause": "gift"}),
    *checks("invoice", "paid", {"paid_at": NOON}, step("open", "settled", "paid"),
            step("paid", "reopened", "open"), step("open", "voided", "void", paid_at=NOON)),
    *checks("invoice", "transition", step("-", "created", "void"), step("void", "x", "open")),
    *checks("invoice_line", "period", {"period_start": AUGUST_1}),
    *checks("invoice_line", "inside_grid", {"grid_start": JULY_2}, {"grid_end": JULY_31}),
    *checks("invoice_line", "foots", {"gross_minor": 1191}),
    *checks(
        "invoice_line", "not_negative",
        {"net_minor": -1, "tax_minor": 1191}, {"net_minor": 1191, "tax_minor": -1},
    ),
    *checks("invoice_line", "unit", {"unit_num": -1}, {"unit_den": 0}),
    *checks("invoice_line", "kind", {"kind": "gift"}),
    *checks("allocation", "no", {"no": 0}),
    *checks("allocation", "amount", {"amount_minor": 0}),
    *checks("allocation", "source", {"source_kind": "gift"}),
    *checks(
        "credit_note", "foots",
        {"total_minor": 120}, {"net_minor": 0, "tax_minor": 0, "total_minor": 0},
    ),
    *checks("credit_note", "reason", {"reason": "kindness"}),
    *checks("credit_note", "settles", {"settles": "cash"}),
    *checks(
        "line_credit", "within_line",
        {"cum_gross_minor": 1191}, {"cum_gross_minor": 118},
        {
            "gross_minor": 0, "net_minor": 0, "tax_minor": 0, "deferred_net_minor": 0,
            "cum_gross_minor": 0,
        },
    ),
    *checks("line_credit", "span", {"credit_start": AUGUST_1}, {"credit_end": JULY_1}),
    *checks("line_credit", "deferred", {"deferred_net_minor": -1}, {"deferred_net_minor": 101}),
    *checks("line_credit", "foots", {"tax_minor": 20}),
    *checks("number_series", "kind", {"kind": "letter"}),
    *checks("number_series", "positive", {"next_number": 0}),
    *checks("document_number", "positive", {"position": 0}),
    *checks("document_number", "hashes", {"body_hash": b"short"}, {"hash": b"short"}),
    *checks("einvoice_check", "state", {"state": "odd", "checked_at": NOON}),
    *checks("einvoice_check", "checked", {"state": "valid"}, {"checked_at": NOON}),
    *checks("einvoice_check", "findings", {"findings": "{}"}),
    *checks("einvoice_check", "looks", {"looks": -1}),
    *checks("document_body", "kind", {"kind": "letter"}),
    *checks("catalog_release", "positive", {"no": 0}),
    *checks("routing_policy", "positive", {"version": 0}),
    *checks("routing_policy", "body", {"body": "[]"}),
    *checks("collection_policy", "version", {"version": 0}),
    *checks("collection_policy", "retry_days", {"retry_days": "{}"}),
    *checks("collection_policy", "tries", {"tries_max": 0}, {"tries_max": 9}),
    *checks("collection_policy", "days", {"collect_days": 0}, {"collect_days": 91}),
    *checks("collection_policy", "grace", {"grace_days": 0}, {"grace_days": 31}),
    *checks("collection_policy", "reminder_days", {"reminder_days": "{}"}),
    *checks("collection_policy", "paydays", {"paydays": "{}"}),
    *checks("collection_policy", "end", {"end_policy": "pause"}),
    *checks("network_limit", "initiator", {"initiator": "nobody"}),
    *checks("network_limit", "region", {"region": "Europe"}),
    *checks("network_limit", "hours", {"hours": 0}),
    *checks("network_limit", "tries", {"tries_max": 0}),
    *checks("payment", "withheld", {"withheld_for": "mood", "next_try_at": NOON}),
    *checks("payment_notice", "kind", {"kind": "song"}),
    *checks("payment_notice", "day", {"day": -1}),
    *checks("payment_notice", "once", {"told_at": NOON}),
    *checks("retry_plan", "revision", {"revision": 0}),
    *checks("retry_plan", "slots", {"slots": "{}"}),
    *checks("retry_plan", "track", {"track": "soon"}),
    *checks(
        "retry_plan", "cause",
        {"track": "payer"}, {"attempt_id": None}, {"advice": None},
        {"track": "payer", "advice": None},
    ),
    *checks(
        "retry_plan", "order",
        {"began_at": NOON + DAY}, {"ends_at": NOON - DAY},
    ),
    *checks("catalog_part", "kind", {"kind": "colour"}),
    *checks("catalog_part", "hash", {"hash": bytes(32)}),
    *checks("psp_account", "status", {"status": "asleep"}),
    *checks("psp_account", "settings", {"settings": "{}"}),
    *checks("psp_account", "deadline", {"call_deadline_ms": 49}, {"call_deadline_ms": 30_001}),
    *checks("payment_method", "last4", {"last4": "42a2"}, {"last4": "4242424242424242"}),
    *checks("payment_method", "metadata", {"metadata": "[]"}),
    *checks("instrument", "state", {"state": "gone"}),
    *checks("instrument", "no", {"no": 0}),
    *checks("decision", "kind", {"kind": "mood"}),
    *checks("decision", "policy_version", {"policy_version": -1}),
    *checks("decision", "candidates", {"candidates": "{}"}),
    *checks("instrument", "bin", {"bin": "42424"}, {"bin": "424242424"}),
    *checks("instrument", "funding", {"funding": "cash"}),
    *checks("instrument", "issuer_country", {"issuer_country": "de"}),
    *checks("customer", "metadata", {"metadata": "null"}),
    *checks(
        "customer", "erased",
        {"erased_at": NOON, "email_sealed": b"sealed"}, {"erased_at": NOON, "external_id": "crm-1"},
        {"erased_at": NOON, "metadata": '{"crm": "1"}'},
    ),
    *checks("customer_version", "number", {"version": 0}),
    *checks("customer_version", "locale", {"locale": ""}),
    *checks("customer_version", "first", {"buyer_sealed": None}),
    *checks("customer_version", "country", {"country": "DEU"}),
    *checks("customer_version", "tax_status", {"tax_status": "charity"}),
    *checks("customer_version", "place_evidence", {"place_evidence": "{}"}),
    *checks("subscription", "metadata", {"metadata": "[]"}),
    *checks("agreement", "kind", {"kind": "handshake"}),
    *checks("agreement", "channel", {"channel": "fax"}),
    *checks("payment", "amount", {"amount_minor": 0}),
    *checks(
        "payment", "bounds",
        {"captured_minor": 1191}, {"refunded_minor": 1}, {"refunding_minor": -1},
        {"captured_minor": 100, "refunded_minor": 60, "refunding_minor": 41},
        {"disputed_minor": 1}, {"dispute_lost_minor": 1}, {"disputed_minor": -1},
        {"dispute_lost_minor": -1},
        {"captured_minor": 100, "refunded_minor": 60, "disputed_minor": 41},
    ),
    *checks(
        "payment", "settled",
        step("processing", "confirmed", "succeeded"),
        step("processing", "confirmed", "succeeded", captured_minor=1190, receipt_id=UNKNOWN),
        step("processing", "confirmed", "succeeded", captured_minor=1190,
             settled_attempt_id=ATTEMPT),
        step("processing", "confirmed", "succeeded", captured_minor=1189, receipt_id=UNKNOWN,
             settled_attempt_id=ATTEMPT),
        {"captured_minor": 1190, "receipt_id": UNKNOWN, "settled_attempt_id": ATTEMPT},
    ),
    *checks(
        "payment", "only_processing_is_due",
        step("processing", "given_up", "failed", next_try_at=NOON),
    ),
    *checks(
        "payment", "transition",
        step("-", "created", "failed"), step("succeeded", "given_up", "failed"),
    ),
    *checks("attempt", "amount", {"amount_minor": 0}),
    *checks(
        "attempt", "digest",
        {"request_digest": bytes(31), "adopted_from": None, "decision_id": UNKNOWN},
    ),
    *checks("attempt", "decided", {"adopted_from": None}, {"decision_id": UNKNOWN}),
    *checks("attempt", "adopted", {"request_digest": bytes(32)}),
    *checks("attempt", "initiator", {"initiator": "bank"}),
    *checks(
        "attempt", "resume",
        {"resume_at": NOON}, {"resume_awaits": True},
        {"initiator": "merchant", "resume_at": NOON, "resume_awaits": True},
    ),
    *checks(
        "attempt", "asks_payer",
        {"initiator": "merchant", "return_url": "https://shop.example"},
        {"initiator": "merchant", "challenge": True},
    ),
    *checks(
        "attempt", "action",
        {"action_sealed": b"sealed", "action_expires_at": NOON, "return_url": "https://a.example"},
        step("sent", "action_asked", "requires_action", return_url="https://shop.example"),
        step("sent", "action_asked", "requires_action", return_url="https://shop.example",
             action_sealed=b"sealed"),
        step("sent", "action_asked", "requires_action", action_sealed=b"sealed",
             action_expires_at=NOON),
    ),
    *checks(
        "attempt", "over_forgets",
        step("sent", "declined", "declined", resolve_at=None, ended_at=NOON, evidence_no=1,
             return_url="https://shop.example"),
    ),
    *checks("payment", "payer_tries", {"payer_tries": -1}, {"payer_tries": 2}),
    *checks(
        "attempt", "terminal_has_evidence",
        step("sent", "declined", "declined", resolve_at=None),
        step("sent", "declined", "declined", resolve_at=None, ended_at=NOON),
        step("sent", "declined", "declined", resolve_at=None, evidence_no=1),
        {"evidence_no": 1, "ended_at": NOON},
    ),
    *checks(
        "attempt", "live_resolves",
        {"resolve_at": None},
        step("sent", "declined", "declined", evidence_no=1, ended_at=NOON),
    ),
    *checks(
        "attempt", "transition",
        step("-", "created", "unknown"), step("declined", "answer_lost", "unknown"),
    ),
    *checks("attempt_authentication", "status", {"status": "passed"}),
    *checks("attempt_evidence", "kind", {"kind": "rumour"}),
    *checks("attempt_evidence", "outcome", {"outcome": "pending"}),
    *checks("payment", "awaits_payer", {"awaits_payer": True}),
    *checks("refund", "amount", {"amount_minor": 0}),
    *checks("refund", "cause", {"cause": "mercy"}),
    *checks("refund", "late", {"cause": "asked"}, {"attempt_id": None}),
    *checks("refund", "digest", {"request_digest": bytes(33)}),
    *checks("refund", "machine", {"machine": "purchase"}),
    *checks(
        "refund", "live_resolves",
        {"resolve_at": None},
        step("sent", "declined", "failed"),
    ),
    *checks(
        "refund", "proven",
        {"receipt_id": UNKNOWN},
        step("sent", "confirmed", "succeeded", resolve_at=None),
    ),
    *checks("refund_line", "amount", {"amount_minor": 0, "withheld_minor": 0}),
    *checks("refund_line", "span", {"from_on": AUGUST_1}, {"until_on": JULY_1}),
    *checks(
        "refund_line", "withheld",
        {"withheld_minor": -1}, {"withheld_minor": 120}, {"withheld_from": None},
    ),
    *checks("refund_draw", "amount", {"amount_minor": 0}),
    *checks("dispute", "machine", {"machine": "refund"}),
    *checks("dispute", "kind", {"kind": "quarrel"}),
    *checks("dispute", "stage", {"stage": "trial"}),
    *checks("dispute", "amount", {"amount_minor": 0, "held_minor": 0, "over_minor": 0}),
    *checks(
        "dispute", "parts",
        {"held_minor": 99}, {"over_minor": 20}, {"held_minor": -1, "over_minor": 120},
        {"held_minor": 120, "over_minor": -1}, {"reopened_minor": -1},
        step("needs_response", "won", "won"),
        step("needs_response", "lost", "lost", reopened_minor=101),
    ),
    *checks("dispute", "reopened", {"reopened_minor": 1}),
    *checks("dispute_fact", "source", {"source": "rumour"}),
    *checks("dispute_fact", "moved", {"taken_minor": -1}, {"given_minor": -1}),
    *checks("dispute_policy", "kind", {"kind": "quarrel"}),
    *checks("dispute_policy", "when_lost", {"when_lost": "forget"}),
    *checks("psp_event", "sha256", {"body_sha256": bytes(31)}),
    *checks("psp_event", "state", {"state": "lost", "due_at": None}),
    *checks("psp_event", "due", {"due_at": None}, {"state": "applied"}),
    *checks("settlement_file", "sha256", {"sha256": bytes(31)}),
    *checks("settlement_file", "state", {"state": "lost"}),
    *checks("settlement_file", "why", {"why": "no"}, {"state": "quarantined"}),
    *checks("settlement_file", "lines", {"lines": 0}),
    *checks("settlement_file", "days", {"last_on": date(2026, 6, 30)}),
    *checks("settlement_line", "no", {"line_no": 0}),
    *checks("settlement_line", "kind", {"kind": "gift"}),
    *checks("settlement_line", "match", {"match": "lost", "suspense_minor": 0}),
    *checks("settlement_line", "subject", {"subject_id": PAYMENT}, {"match": "mismatch"}),
    *checks("settlement_line", "suspense", {"id": None}, {"match": "account"}),
    *checks("settlement_total", "explained", {"explained_minor": 1191}, {"explained_minor": -1}),
    *checks("payout", "amount", {"amount_minor": 0}),
    *checks("payout", "state", {"state": "lost"}),
    *checks("payout", "paid", {"bank_minor": 1148}, {"state": "paid", "paid_on": JULY_1}),
    *checks("evidence_proposal", "kind", {"kind": "dispute"}),
    *checks("evidence_proposal", "outcome", {"outcome": "unknown"}),
    *checks("evidence_proposal", "named", {"psp_ref": None}),
    *checks("evidence_proposal", "sha256", {"file_sha256": b""}),
    *checks(
        "evidence_proposal", "ended",
        {"ended_at": NOON}, {"ended_by": "nils"},
        step("proposed", "approved", "approved", ended_at=NOON),
        step("proposed", "contradicted", "lapsed", ended_at=NOON, ended_by="nils"),
    ),
    *checks(
        "evidence_proposal", "four_eyes",
        step("proposed", "approved", "approved", ended_at=NOON, ended_by=" Mara"),
    ),
    *checks("evidence_proposal", "transition", {"state_before": "proposed"}),
    *checks(
        "money_exception", "closed",
        {"closed_by": None}, {"resolution": None}, {"closed_at": None},
    ),
    *checks("receipt", "kind", {"kind": "gift"}),
    *checks("receipt", "amount", {"amount_minor": 0}),
    *checks(
        "cover", "period",
        {"ends_at": NOON - DAY}, {"paid_until": NOON + 29 * DAY},
    ),
    *checks("cover", "reason", {"reason": "friend"}),
    *checks("event", "seq", {"seq": 0}),
    *checks("idempotency_key", "state", {"state": "lost"}),
    *checks("idempotency_key", "answer", {"status": 200}, {"state": "finished"}),
    *checks("idempotency_key", "subject", {"subject_id": None}),
    *checks(
        "idempotency_key", "body", {"body": b"sealed"}, {"state": "finished", "status": 200}
    ),
    *checks(
        "api_key", "scopes", {"scopes": []}, {"scopes": ["write"]}, {"scopes": ["read", "pay"]}
    ),
    *checks("api_key", "expiry", {"expires_at": NOON}),
    *checks("global_key", "hash", {"key_hash": b"\xab\xc1"}),
    *checks("global_key", "kind", {"kind": "email"}),
    *checks("global_key", "lookup", {"lookup_bucket": 0xABD}),
    *checks("global_key", "owner", {"owner_id": None}),
    *checks(
        "lease", "range",
        {"bucket_from": -1}, {"bucket_to": 0}, {"bucket_to": 4097},
    ),
)  # fmt: skip
