"""What a defect would have to do to break what people decide, once its guards are gone."""

from collections.abc import Mapping
from typing import Final


def _proposal(what: str, state: str, second: str) -> str:
    """Write the INSERT of a proposal about an attempt or refund that has ended long ago."""
    event = {"approved": "approved", "proposed": "created"}[state]
    before = {"approved": "proposed", "proposed": "-"}[state]
    ended = "NULL, NULL" if state == "proposed" else f"'{second}', now()"
    return (
        "INSERT INTO evidence_proposal (bucket, id, subject_id, kind, outcome, psp_ref, note,"
        " state, state_before, state_event, proposed_by, proposed_at, ended_by, ended_at)"
        f" SELECT s.bucket, gen_random_uuid(), s.id, '{what}', 'succeeded', 'ch_1', 'ticket',"
        f" '{state}', '{before}', '{event}', 'mara', now(), {ended} FROM {what} AS s"
        " WHERE s.resolve_at IS NULL LIMIT 1"
    )


_ERASED: Final = (
    "UPDATE customer SET erased_at = created_at, email_sealed = NULL, email_hash = NULL,"
    " metadata = '{}',"
    " external_id = NULL WHERE erased_at IS NULL"
)
_UNMATCHED: Final = """
    INSERT INTO transfer (bucket, source_id, purpose, n, seller_code, customer_id, currency,
           amount_minor, debit, credit, dim, booked_on, occurred_at)
    SELECT p.bucket, a.id, 'unmatched', 0, p.seller_code, p.customer_id, p.currency, a.amount_minor,
           'psp_clearing', 'suspense', a.psp_account, current_date, now()
      FROM attempt AS a JOIN payment AS p ON p.id = a.payment_id AND p.bucket = a.bucket"""
OPERATOR_PLANTS: Final[Mapping[str, tuple[str, ...]]] = {
    "I-91": (_UNMATCHED,),
    "I-91 elsewhere": (
        _UNMATCHED,
        "UPDATE transfer SET dim = 'elsewhere' WHERE purpose = 'unmatched'",
        (
            "INSERT INTO money_exception (bucket, id, subject_id, reason, detail, opened_at)"
            " SELECT bucket, id, id, 'late_success', '', now() FROM attempt"
        ),
    ),
    "I-91 adopted": (
        "ALTER TABLE attempt DISABLE TRIGGER attempt_frozen",
        (
            "UPDATE attempt SET adopted_from = gen_random_uuid(), decision_id = NULL,"
            " request_digest = NULL"
        ),
    ),
    "I-140": (
        _ERASED,
        (
            "INSERT INTO money_exception (bucket, id, subject_id, reason, detail, opened_at,"
            " closed_at, closed_by, resolution) SELECT bucket, gen_random_uuid(), id,"
            " 'provider_told', '', now(), now(), 'mara', 'she called twice' FROM attempt"
        ),
    ),
    "I-140 note": (_ERASED, _proposal("attempt", "approved", "nils")),
    "I-140 reason": (
        _ERASED,
        (
            "INSERT INTO refund_proposal (bucket, id, payment_id, gives, currency, amount_minor,"
            " reason, state, state_before, state_event, proposed_by, proposed_at, expires_at)"
            " SELECT bucket, gen_random_uuid(), id, 'money', currency, 1, 'she called twice',"
            " 'proposed', '-', 'created', 'mara', now(), now() + interval '1 day'"
            " FROM payment LIMIT 1"
        ),
    ),
    "I-141": ("DELETE FROM money_exception WHERE bucket = 0",),
    "I-141 closed by nobody": (
        (
            "UPDATE money_exception SET closed_at = now(), closed_by = NULL, resolution = NULL"
            " WHERE bucket = 0"
        ),
    ),
    "I-142": ("UPDATE attempt_evidence SET kind = 'operator'",),
    "I-142 ended otherwise": (_proposal("attempt", "approved", "nils"),),
    "I-142 one person": (
        "ALTER TABLE evidence_proposal DROP CONSTRAINT evidence_proposal_four_eyes",
        _proposal("attempt", "approved", "Mara "),
        "UPDATE attempt_evidence SET kind = 'operator'",
    ),
    "I-143": (
        (
            "INSERT INTO default_method (bucket, customer_id, payment_method_id)"
            " SELECT bucket, gen_random_uuid(), id FROM payment_method LIMIT 1"
        ),
    ),
    "I-143 detached": (
        (
            "INSERT INTO default_method (bucket, customer_id, payment_method_id)"
            " SELECT bucket, customer_id, id FROM payment_method"
        ),
        "DELETE FROM instrument",
    ),
    "I-144": (_proposal("attempt", "proposed", ""),),
}
