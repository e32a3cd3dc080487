"""What still has to happen: rows that are due now, and rows that have not ended."""

from typing import Final

from tests.chaos.place import POISONED_ONE_IN

_NOW: Final = "(SELECT instant FROM environment)"

DUE: Final = f"""
    SELECT next_bill_at AS due_at, 'subscription' AS what FROM subscription
     WHERE next_bill_at <= {_NOW} AND parked IS NULL
     UNION ALL
    SELECT next_try_at, 'payment' FROM payment WHERE next_try_at <= {_NOW}
     UNION ALL
    SELECT resolve_at, 'attempt' FROM attempt WHERE resolve_at <= {_NOW}
     UNION ALL
    SELECT resolve_at, 'refund' FROM refund WHERE resolve_at <= {_NOW}
     UNION ALL
    SELECT due_at, 'webhook' FROM psp_event WHERE due_at <= {_NOW}
     UNION ALL
    SELECT issued_at, 'number' FROM numbering_queue
     UNION ALL
    SELECT occurred_at, 'event' FROM event WHERE relayed_at IS NULL"""

LIVE: Final = """
    SELECT id FROM attempt WHERE state IN ('sent', 'unknown')
     UNION ALL
    SELECT id FROM refund WHERE state IN ('requested', 'sent', 'unknown')
     UNION ALL
    SELECT id FROM purchase WHERE state = 'processing'
     UNION ALL
    SELECT NULL FROM psp_event WHERE due_at IS NOT NULL AND event_key NOT LIKE 'forged-%'"""

ON_THEIR_WAY: Final = "SELECT FROM payout WHERE state = 'announced'"
"""Payouts of which no line of the bank is noted."""

_TOLD: Final = f"""
     WHERE o.state = 'unknown'
       AND (o.psp_account <> 'aster' OR o.sent_at < {_NOW} - interval '7 days')
       AND EXISTS (SELECT FROM money_exception AS x WHERE x.bucket = o.bucket
                      AND x.subject_id = o.id AND x.reason = 'unknown_too_long'
                      AND x.closed_at IS NULL)"""
FORGOTTEN: Final = f"""
    SELECT o.id::text, 'attempt' FROM attempt AS o {_TOLD}
     UNION ALL
    SELECT o.id::text, 'refund' FROM refund AS o {_TOLD}"""
"""What nobody answers for any more under its key, where that is all that can be asked.

At aster a reference is found for ever, but what is not found is no proof: it is sent again, and
not once its key may be forgotten.
"""

LIVE_IN_HEALTH: Final = f"""
    SELECT id FROM attempt WHERE state IN ('sent', 'unknown')
       AND get_byte(uuid_send(id), 15) % {POISONED_ONE_IN} <> 0"""
"""Attempts that must end though others fail; payments and purchases of those wait with them."""
