"""Violations of what must hold of the portal, as ``audit_plants`` has them of all else."""

from collections.abc import Mapping
from typing import Final

_KEY: Final = (
    "INSERT INTO idempotency_key (bucket, principal, key, fingerprint, state, subject_id,"
    " created_at) SELECT bucket, 'customer portal', id || ':planted', '', 'waiting', id, now()"
    " FROM subscription ORDER BY id LIMIT 1"
)


def _session(opened: str) -> str:
    """Write the INSERT of a session of somebody else, by the id that the planted key names."""
    return (
        "INSERT INTO portal_session (bucket, id, customer_id, leads_to, link_hash, created_at,"
        " link_expires_at, cookie_hash, opened_at, seen_at) SELECT bucket, id,"
        f" gen_random_uuid(), 'home', '', now(), now() + interval '1 hour', {opened}"
        " FROM subscription ORDER BY id LIMIT 1"
    )


PORTAL_PLANTS: Final[Mapping[str, tuple[str, ...]]] = {
    "I-203": (_KEY,),
    "I-203 unopened": (_session("NULL, NULL, NULL"), _KEY),
    "I-204": (_session("'', now(), now()"), _KEY),
}
