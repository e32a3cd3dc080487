"""Violations of what must hold of what providers tell, as ``audit_plants`` has them of all else."""

from collections.abc import Mapping
from typing import Final


def told(body: str, received_at: str) -> str:
    """Write the INSERT of a webhook that said something and was applied."""
    return (
        "INSERT INTO psp_event (psp_account, event_key, event_type, state, reference, body,"
        f" body_sha256, received_at) SELECT 'aster', 'evt_told', 'charge.succeeded', 'applied',"
        f" 'ours', {body}, sha256(''), {received_at} FROM environment AS i"
    )


def _event(what: str, *, told: str = "NULL", dispute: str = "NULL", state: str = "applied") -> str:
    """Write the INSERT of a webhook about one row of ``what``, called ``s``."""
    return (
        "INSERT INTO psp_event (psp_account, event_key, event_type, state, reference, told,"
        " dispute, body_sha256, received_at)"
        f" SELECT s.psp_account, 'evt_planted', 'x', '{state}', s.id::text, {told}, {dispute},"
        f" decode(repeat('00', 32), 'hex'), now() FROM {what} LIMIT 1"
    )


def _told(kind: str, *, more_minor: int) -> str:
    return (
        f"json_build_object('outcome', 'succeeded', 'kind', '{kind}', 'psp_ref', 'ch_other',"
        f" 'amount', s.amount_minor + {more_minor}, 'currency', s.currency)::text"
    )


_PAID: Final = "attempt AS s WHERE s.state = 'succeeded' AND s.psp_ref IS NOT NULL"
_MADE: Final = "refund AS s WHERE s.state = 'succeeded' AND s.psp_ref IS NOT NULL"
TOLD_PLANTS: Final[Mapping[str, tuple[str, ...]]] = {
    "I-196": (_event(_PAID, told=_told("charge", more_minor=0)),),
    "I-202": (_event(_MADE, told=_told("refund", more_minor=0)),),
    "I-197": (_event(_PAID, told=_told("charge", more_minor=1)),),
    "I-197 refund": (_event("refund AS s", told=_told("refund", more_minor=-1)),),
    "I-198": (_event(_PAID, dispute="'{}'"),),
    "I-198 ignored": (
        _event("attempt AS s WHERE s.evidence_no IS NULL", dispute="'{}'", state="ignored"),
    ),
    "I-219": (
        (
            "INSERT INTO money_exception (bucket, id, subject_id, reason, detail, opened_at)"
            " SELECT bucket, gen_random_uuid(), id, 'unknown_too_long', '', now() FROM attempt"
            " WHERE ended_at IS NOT NULL LIMIT 1"
        ),
    ),
    "I-199": (
        (
            "INSERT INTO money_exception (bucket, id, subject_id, reason, detail, opened_at)"
            " SELECT 0, gen_random_uuid(), id, 'payout_missing', '', now() FROM payout"
            " WHERE state = 'paid'"
        ),
    ),
}
