"""What breaks a rule of people, their sessions and what they did."""

from typing import Final

from tests.store.breaking import FRESH, REFERENCE, RESTRICT, UNIQUE, Broken, Typed, step
from tests.store.valid_rows import NOON, UNKNOWN

_LINK: Final = bytes(31) + b"1"
_SECRET: Final = bytes(31) + b"2"
_MADE: Final = step(
    "proposed", "approved", "approved", ended_at=NOON, ended_by="nils", refund_id=UNKNOWN
)
_TAKEN_BACK: Final = (
    "UPDATE refund_proposal SET state = 'withdrawn', state_before = 'proposed',"
    " state_event = 'withdrawn', ended_by = 'nils', ended_at = now()"
)
PEOPLE: Final = (
    Broken("person_one_email", UNIQUE, "person", FRESH),
    Broken("person_session_secret", UNIQUE, "person_session", {**FRESH, "link_hash": _LINK}),
    Broken("person_session_once", UNIQUE, "person_session", {**FRESH, "secret_hash": _SECRET}),
    Broken("audit_entry_key", UNIQUE, "audit_entry", FRESH),
    Broken("sign_in_link_person", REFERENCE, "sign_in_link",
           {"secret_hash": _SECRET, "person_id": UNKNOWN}),
    Broken("person_session_link", REFERENCE, "person_session",
           {**FRESH, "secret_hash": _SECRET, "link_hash": _LINK}),
    Broken("person_session_person", REFERENCE, "person_session",
           {**FRESH, "secret_hash": _SECRET, "way": "password", "link_hash": None,
            "person_id": UNKNOWN}),
    Broken("bulk_row_once", UNIQUE, "bulk_row", {"no": 2}),
    Broken("bulk_row_job", REFERENCE, "bulk_row", {"job_id": UNKNOWN}),
    Broken("saved_filter_once", UNIQUE, "saved_filter", FRESH),
    Broken("saved_filter_person", REFERENCE, "saved_filter", {**FRESH, "person_id": UNKNOWN}),
    Broken("person_identity_once", UNIQUE, "person_identity", {"person_id": UNKNOWN}),
    Broken("person_identity_person", REFERENCE, "person_identity",
           {"person_id": UNKNOWN, "subject": "nils"}),
    Broken("person_password_person", REFERENCE, "person_password", {"person_id": UNKNOWN}),
    Typed("audit_entry_append_only", RESTRICT, "UPDATE audit_entry SET actor = 'me'"),
    Typed("audit_entry_append_only", RESTRICT, "DELETE FROM audit_entry"),
    Typed("person_kept", RESTRICT, "DELETE FROM person"),
    Broken("sandbox_instruction_open", UNIQUE, "sandbox_instruction", FRESH),
    Broken("billing_pause_open", UNIQUE, "billing_pause", FRESH),
    Typed("billing_pause_frozen", RESTRICT, "UPDATE billing_pause SET paused_by = 'me'"),
    Typed("billing_pause_frozen", RESTRICT, "UPDATE billing_pause SET reason = 'other'"),
    Typed("billing_pause_frozen", RESTRICT, "UPDATE billing_pause SET done_before = 1"),
    Typed("billing_pause_frozen", RESTRICT,
          "UPDATE billing_pause SET paused_at = paused_at - interval '1 s'"),
    Typed("billing_pause_kept", RESTRICT, "DELETE FROM billing_pause"),
    Broken("refund_proposal_open", UNIQUE, "refund_proposal", FRESH),
    Broken(
        "refund_proposal_payment", REFERENCE, "refund_proposal", {**FRESH, "payment_id": UNKNOWN}
    ),
    Broken("refund_proposal_refund", REFERENCE, "refund_proposal", {**FRESH, **_MADE}),
    Typed("refund_proposal_frozen", RESTRICT, "UPDATE refund_proposal SET payment_id = id"),
    Typed("refund_proposal_frozen", RESTRICT, "UPDATE refund_proposal SET gives = 'credit'"),
    Typed("refund_proposal_frozen", RESTRICT, "UPDATE refund_proposal SET currency = 'USD'"),
    Typed("refund_proposal_frozen", RESTRICT, "UPDATE refund_proposal SET amount_minor = 1"),
    Typed("refund_proposal_frozen", RESTRICT, "UPDATE refund_proposal SET proposed_by = 'nils'"),
    Typed("refund_proposal_frozen", RESTRICT,
          "UPDATE refund_proposal SET proposed_at = proposed_at - interval '1 s'"),
    Typed("refund_proposal_frozen", RESTRICT,
          "UPDATE refund_proposal SET expires_at = expires_at + interval '1 s'"),
    Typed("refund_proposal_frozen", RESTRICT, "UPDATE refund_proposal SET reason = 'other'"),
    Typed("refund_proposal_frozen", RESTRICT,
          f"{_TAKEN_BACK}; UPDATE refund_proposal SET ended_by = 'olga'"),
    Typed("refund_proposal_kept", RESTRICT, "DELETE FROM refund_proposal"),
)  # fmt: skip
