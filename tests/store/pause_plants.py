"""What a defect would have to do to what is told of cards and to ends of collection."""

from collections.abc import Mapping
from typing import Final


def _log(kind: str, actor: str) -> str:
    """Write the INSERT of a fact about a subscription that was billed, from its first day on."""
    return (
        "INSERT INTO subscription_event (bucket, subscription_id, seq, kind, effective,"
        " entitled_at, recorded_at, actor, command_key, body)"
        f" SELECT e.bucket, e.subscription_id, 1000, '{kind}', e.effective, e.entitled_at,"
        f" e.recorded_at, '{actor}', 'planted', '{{}}'"
        "  FROM subscription_event AS e WHERE e.kind = 'created' AND EXISTS ("
        "SELECT FROM invoice AS i WHERE i.subscription_id = e.subscription_id"
        " AND i.cause = 'renewal' AND i.issued_at > e.recorded_at)"
    )


PAUSE_PLANTS: Final[Mapping[str, tuple[str, ...]]] = {
    "I-160": (
        (
            "INSERT INTO event (id, bucket, aggregate_id, seq, kind, customer_id, occurred_at,"
            " body) SELECT gen_random_uuid(), bucket, aggregate_id, seq + 100, kind, customer_id,"
            " occurred_at + interval '1 day', body FROM event"
            " WHERE kind = 'subscription.card_expiring'"
        ),
    ),
    "I-161": (_log("paused", "customer"),),
    "I-162": (_log("paused", "customer"),),
    "I-225": (
        (
            "UPDATE subscription SET state_before = 'active', state_event = 'paused',"
            " state = 'paused', ends_on = NULL WHERE state = 'active'"
        ),
    ),
    "I-163": (_log("paused", "collection"),),
    "I-164": (
        (
            "UPDATE subscription_event AS e"
            " SET kind = 'paused', actor = 'collection',"
            " recorded_at = p.created_at + (a.sent_at - p.created_at) / 2"
            " FROM payment AS p JOIN attempt AS a ON a.payment_id = p.id AND a.bucket = p.bucket"
            " WHERE e.subscription_id = p.subscription_id AND e.bucket = p.bucket AND e.seq = 1"
            " AND a.initiator = 'merchant' AND a.sent_at > p.created_at"
            " AND a.request_digest IS NOT NULL"
        ),
    ),
    "I-163 downgrade": (_log("plan_changed", "collection"),),
    "I-163 charged": (
        (
            "UPDATE subscription_event SET actor = 'collection', recorded_at = i.issued_at"
            " FROM invoice_line AS l"
            " JOIN invoice AS i ON i.id = l.invoice_id AND i.bucket = l.bucket"
            " WHERE subscription_event.kind = 'plan_changed' AND l.gross_minor > 0"
            " AND l.subscription_id = subscription_event.subscription_id AND l.component = 'base'"
            " AND l.period_start = subscription_event.effective"
        ),
    ),
    "I-160 untold": ("DELETE FROM event WHERE kind = 'subscription.card_expiring'",),
    "I-160 ended": (
        (
            "INSERT INTO event (id, bucket, aggregate_id, seq, kind, customer_id, occurred_at)"
            " SELECT gen_random_uuid(), bucket, aggregate_id, seq + 500, 'subscription.canceled',"
            " customer_id, occurred_at FROM event WHERE kind = 'subscription.card_expiring'"
        ),
        "UPDATE event SET seq = seq + 1000 WHERE kind = 'subscription.card_expiring'",
    ),
    "I-256": (
        "UPDATE invoice_line SET quantity = 1",
        "UPDATE credit_note SET reason = 'canceled'",
        (
            "UPDATE line_credit AS c SET credit_start = l.period_start, credit_end = l.period_end"
            "  FROM invoice_line AS l WHERE l.period_start = c.period_start AND l.bucket = c.bucket"
            "   AND l.subscription_id = c.subscription_id AND l.item_no = c.item_no"
            "   AND l.kind = c.kind"
        ),
    ),
}
