"""What a defect would have to do to what is told of cards and to ends of collection."""

from collections.abc import Mapping
from typing import Final

PAUSE_PLANTS: Final[Mapping[str, tuple[str, ...]]] = {
    "I-160": (
        (
            "INSERT INTO event (id, bucket, aggregate_id, seq, kind, customer_id, occurred_at,"
            " body) SELECT gen_random_uuid(), bucket, aggregate_id, seq + 100, kind, customer_id,"
            " occurred_at + interval '1 day', body FROM event"
            " WHERE kind = 'subscription.card_expiring'"
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
}
