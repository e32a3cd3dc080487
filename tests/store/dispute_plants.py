"""Violations of what must hold of disputes, as ``audit_plants`` has them of all else."""

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
    "I-185": (("UPDATE dispute AS d SET attempt_id = gen_random_uuid() WHERE d.held_minor > 0"),),
    "I-119": ("UPDATE instrument SET mit_stopped_at = '2020-01-01T00:00:00Z'",),
}
