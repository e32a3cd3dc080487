"""Violations of what must hold of settlement files, as ``audit_plants`` has them of all else."""

from collections.abc import Mapping
from typing import Final

_A_FEE: Final = "FROM transfer WHERE purpose = 'psp_fee' LIMIT 1"
_BOOKED: Final = (
    "source_id, 'psp_fee', 8, seller_code, NULL, currency, amount_minor, debit, credit, dim,"
    " booked_on, occurred_at"
)
_COLUMNS: Final = (
    "bucket, source_id, purpose, n, seller_code, customer_id, currency, amount_minor, debit,"
    " credit, dim, booked_on, occurred_at"
)

SETTLEMENT_PLANTS: Final[Mapping[str, tuple[str, ...]]] = {
    "I-100": ("UPDATE settlement_line SET fee_minor = fee_minor + 1 WHERE line_no = 1",),
    "I-100 gone": ("DELETE FROM settlement_line WHERE kind = 'payout'",),
    "I-100 explained": ("UPDATE settlement_line SET match = 'waiting' WHERE match = 'matched'",),
    "I-101 fee twice": (f"INSERT INTO transfer ({_COLUMNS}) SELECT bucket, {_BOOKED} {_A_FEE}",),
    "I-101 missing": ("DELETE FROM transfer WHERE purpose = 'payout'",),
    "I-101 quarantined": (
        "UPDATE settlement_file SET state = 'quarantined', why = '' WHERE state = 'imported'",
    ),
    "I-102 two lines": (
        (
            "UPDATE settlement_line AS l SET match = 'matched', suspense_minor = 0"
            " FROM settlement_file AS f WHERE f.id = l.file_id AND f.state = 'imported'"
            " AND l.match = 'duplicate'"
        ),
    ),
    "I-102 another": (
        (
            "UPDATE settlement_line AS l SET subject_id = o.id FROM attempt AS o"
            " WHERE l.match = 'matched' AND l.kind = 'charge' AND o.id <> l.subject_id"
        ),
    ),
    "I-102 amount": (
        "UPDATE settlement_line SET gross_minor = gross_minor + 1 WHERE match = 'matched'",
    ),
    "I-103": ("UPDATE payout SET amount_minor = amount_minor + 1",),
    "I-104": ("DELETE FROM transfer WHERE purpose = 'line_suspense'",),
    "I-104 taken back": ("UPDATE settlement_file SET state = 'replaced' WHERE state = 'imported'",),
    "I-105": ("UPDATE payout SET bank_minor = bank_minor - 1",),
    "I-105 unbooked": ("DELETE FROM transfer WHERE purpose = 'banked'",),
    "I-216": ("UPDATE payout SET bank_minor = bank_minor - 1",),
    "I-216 kept": ("DELETE FROM payout_step WHERE event = 'failed'",),
    "I-216 unbooked": ("DELETE FROM transfer WHERE purpose = 'payout_reversed'",),
    "I-216 untold": (
        (
            "UPDATE payout SET state_before = 'paid', state_event = 'sent_back',"
            " state = 'returned', returned_on = paid_on WHERE state = 'paid'"
        ),
    ),
    "I-217": ("UPDATE settlement_line SET match = 'waiting' WHERE kind = 'payout_reversal'",),
    "I-217 amount": (
        "UPDATE settlement_line SET gross_minor = gross_minor - 1 WHERE kind = 'payout_reversal'",
    ),
    "I-217 unsaid": (
        "UPDATE payout SET failed_by = 'person', failed_note = ' ' WHERE state = 'failed'",
    ),
    "I-217 not failed": (
        (
            "UPDATE settlement_line AS l SET match = 'matched', subject_id = p.id"
            " FROM payout AS p WHERE p.state = 'paid' AND l.kind = 'payout_reversal'"
        ),
    ),
    "R-07 file": ("UPDATE transfer SET source_id = gen_random_uuid() WHERE purpose = 'psp_fee'",),
}
