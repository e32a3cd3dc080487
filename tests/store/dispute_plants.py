"""Violations of what must hold of disputes and refunds, as ``audit_plants`` has them of others."""

from collections.abc import Mapping
from typing import Final

DISPUTE_PLANTS: Final[Mapping[str, tuple[str, ...]]] = {
    "I-110 not held": ("DELETE FROM transfer WHERE purpose = 'dispute_hold'",),
    "I-110 lost without an entry": (
        (
            "UPDATE dispute SET state = 'lost', state_before = 'needs_response',"
            " state_event = 'lost' WHERE state = 'needs_response'"
        ),
    ),
    "I-110 not over": ("DELETE FROM transfer WHERE purpose = 'dispute_over'",),
    "I-111": ("UPDATE payment SET disputed_minor = disputed_minor - 1 WHERE disputed_minor > 0",),
    "I-112": ("UPDATE dispute_fact SET taken_minor = 0 WHERE taken_minor > 0",),
    "I-112 gone": ("DELETE FROM dispute_fact WHERE no = 1",),
    "I-113": ("DELETE FROM money_exception WHERE reason = 'over_returned'",),
    "I-114": ("UPDATE money_exception SET closed_at = opened_at WHERE reason = 'dispute_open'",),
    "I-115": (
        (
            "UPDATE payment SET state = 'canceled', state_before = 'processing',"
            " state_event = 'canceled', next_try_at = NULL, awaits_payer = false"
            " WHERE purpose = 'recollect:1' AND state = 'processing'"
        ),
    ),
    "I-116": ("DELETE FROM allocation WHERE source_kind = 'dispute'",),
    "I-117": ("DELETE FROM dispute_fact WHERE source = 'settlement_line'",),
    "I-118": ("DELETE FROM transfer WHERE purpose = 'refund_reversed'",),
    "I-118 untold": ("DELETE FROM money_exception WHERE reason = 'refund_reversed'",),
    "I-118 not owed": (
        (
            "DELETE FROM credit_lot AS l USING refund AS f WHERE f.state = 'reversed'"
            " AND l.source_id = f.credit_note_id"
        ),
    ),
    "I-170": ("DELETE FROM money_exception WHERE reason = 'over_returned'",),
    "I-171": (
        (
            "INSERT INTO dispute_draw SELECT bucket, id, 1, gen_random_uuid(), 1 FROM dispute"
            " LIMIT 1"
        ),
    ),
    "I-172": (
        (
            "INSERT INTO dispute_fact SELECT bucket, id, 90, 'evidence ' || id, 'submitted',"
            " 'response', true, 1, 0, 0, NULL, opened_at, '' FROM dispute LIMIT 1"
        ),
    ),
    "I-200": ("DELETE FROM receipt WHERE kind = 'reversal'",),
    "I-200 amount": (
        (
            "UPDATE receipt SET offset_minor = 0, amount_minor = amount_minor + 1"
            " WHERE kind = 'reversal'"
        ),
    ),
    "I-201": (("UPDATE receipt SET offset_minor = offset_minor + 1 WHERE kind = 'reversal'"),),
    "I-185": (("UPDATE dispute AS d SET attempt_id = gen_random_uuid() WHERE d.held_minor > 0"),),
    "I-186": (
        (
            "INSERT INTO refund_draw SELECT f.bucket, f.id, l.id, f.id, l.amount_minor"
            " FROM refund AS f JOIN credit_lot AS l ON l.source_id = f.credit_note_id"
            " WHERE f.state = 'reversed'"
        ),
        "UPDATE refund SET cause = 'credit', credit_note_id = NULL WHERE state = 'reversed'",
        (
            "UPDATE dispute AS d SET bucket = f.bucket, payment_id = f.payment_id,"
            " invoice_id = f.invoice_id, state = 'lost', state_before = 'needs_response',"
            " state_event = 'lost', opened_at = f.ended_at FROM refund AS f"
            " WHERE f.state = 'reversed' AND d.id = (SELECT id FROM dispute WHERE held_minor > 0"
            " LIMIT 1)"
        ),
        (
            "INSERT INTO dispute_fact SELECT d.bucket, d.id, 90, 'shifted 90', 'shifted',"
            " 'refund', true, 1, 0, 0, NULL, f.ended_at, '' FROM refund AS f"
            " JOIN dispute AS d ON d.payment_id = f.payment_id WHERE f.cause = 'credit'"
        ),
    ),
    "I-187": (
        (
            "UPDATE dispute SET over_minor = over_minor + held_minor, held_minor = 0,"
            " reopened_minor = 0"
        ),
        "UPDATE payment SET disputed_minor = 0, dispute_lost_minor = 0, refunded_minor = 0",
        (
            "UPDATE attempt AS a SET adopted_from = d.attempt_id, decision_id = NULL,"
            " request_digest = NULL FROM dispute AS d JOIN payment AS p ON p.id = d.payment_id"
            " WHERE a.id = p.settled_attempt_id AND a.bucket = p.bucket AND d.over_minor > 0"
        ),
    ),
    "I-188": (
        (
            "UPDATE dispute SET over_minor = 0, reopened_minor = 0, offset_minor = 0,"
            " held_minor = amount_minor"
        ),
        (
            "UPDATE credit_note AS n SET invoice_id = d.invoice_id, bucket = d.bucket"
            " FROM dispute AS d"
            " WHERE n.id = (SELECT g.source_id FROM credit_lot AS g WHERE g.remaining_minor > 0"
            " AND NOT EXISTS (SELECT FROM refund_draw AS w WHERE w.lot_id = g.id) LIMIT 1)"
        ),
        (
            "UPDATE credit_lot AS g SET bucket = n.bucket FROM credit_note AS n"
            " WHERE n.id = g.source_id"
        ),
        (
            "UPDATE invoice AS i SET credited_minor = i.total_minor FROM dispute AS d"
            " WHERE i.id = d.invoice_id"
        ),
    ),
    "I-119": ("UPDATE instrument SET mit_stopped_at = '2020-01-01T00:00:00Z'",),
    "I-68": ("UPDATE refund_line SET amount_minor = amount_minor + 1",),
    "I-68 another line": ("UPDATE refund_line SET item_no = item_no + 9",),
    "I-218": (
        (
            "INSERT INTO refund_withheld SELECT bucket, refund_id, period_start, item_no, kind,"
            " period_start, amount_minor + 1 FROM refund_line LIMIT 1"
        ),
    ),
    "I-218 before its line": (
        (
            "INSERT INTO refund_withheld SELECT bucket, refund_id, period_start, item_no, kind,"
            " period_start - 1, 1 FROM refund_line LIMIT 1"
        ),
    ),
}
