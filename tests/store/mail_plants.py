"""Violations of what must hold of mails, as ``audit_plants`` has them of all else."""

from collections.abc import Mapping
from typing import Final

_RELAYED: Final = "UPDATE event SET relayed_at = now() WHERE kind = 'payment.succeeded'"


def _mail(state: str, of: str, *, sequence: int = 1, facts: str = "NULL") -> str:
    """Write the INSERT of a mail to customers."""
    due, ended = ("now()", "NULL") if state == "waiting" else ("NULL", "now()")
    return (
        "INSERT INTO mail (bucket, id, kind, subject_id, occasion, sequence, customer_id,"
        " occurred_at, written_at, actor, state, reason, tries, due_at, ended_at, facts)"
        f" SELECT c.bucket, gen_random_uuid(), 'kept', c.id, 1, {sequence}, c.id, now(), now(),"
        f" 'events', '{state}', 'x', 0, {due}, {ended}, {facts} FROM customer AS c WHERE {of}"
    )


_ERASED: Final = "c.erased_at IS NOT NULL"
MAIL_PLANTS: Final[Mapping[str, tuple[str, ...]]] = {
    "I-207": (_RELAYED,),
    "I-237": ("DELETE FROM renewal_notice WHERE told_at IS NOT NULL",),
    "I-237 untold": ("DELETE FROM event WHERE kind = 'subscription.trial_ending'",),
    "I-237 twice": (
        (
            "INSERT INTO event (id, bucket, aggregate_id, seq, kind, customer_id, occurred_at,"
            " body) SELECT gen_random_uuid(), bucket, aggregate_id, seq + 700, kind, customer_id,"
            " occurred_at, body FROM event WHERE kind = 'subscription.trial_ending'"
        ),
    ),
    "I-237 no mail": (
        "UPDATE event SET relayed_at = now() WHERE kind = 'subscription.trial_ending'",
    ),
    "I-238": (
        (
            "INSERT INTO market_text (market_code, kind, language, version, valid_from, body,"
            " is_reviewed, loaded_at) SELECT code, 'terms', 'en', 'planted', '2025-01-01', 'x',"
            " false, '2025-01-01' FROM market"
        ),
    ),
    "I-238 unknown": (
        (
            "INSERT INTO agreement (bucket, subscription_id, kind, text_version, language,"
            " accepted_at, channel) SELECT bucket, id, 'terms', 'planted', 'en', now(), 'checkout'"
            " FROM subscription LIMIT 1"
        ),
    ),
    "I-249": (
        (
            "INSERT INTO market_text (market_code, kind, language, version, valid_from, body,"
            " is_reviewed, loaded_at) SELECT code, 'terms', 'en', 'planted', '2020-01-01', 'x',"
            " false, '2020-01-01' FROM market"
        ),
    ),
    "I-208": (_mail("waiting", _ERASED),),
    "I-208 contents": (_mail("sent", _ERASED, facts="'{}'"),),
    "I-208 gap": (_mail("sent", "c.erased_at IS NULL", sequence=2),),
}
