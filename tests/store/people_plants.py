"""What a defect would have to do to break what is kept of people and their acts."""

from collections.abc import Mapping
from typing import Final

_PERSON: Final = (
    "INSERT INTO person (id, email, name, role, created_at)"
    " VALUES (gen_random_uuid(), 'ida@shop.example', 'Ida', 'owner', now())"
)
_SAID: Final = (
    "INSERT INTO audit_entry (id, actor, act, route, object_kind, object_id, after, occurred_at,"
    " recorded_at) SELECT gen_random_uuid(), 'root', 'person_added', 'ledgerline person add',"
    " 'person', id, '{\"role\": \"owner\"}', now(), now() FROM person"
)
_LINK: Final = (
    "INSERT INTO sign_in_link (secret_hash, person_id, created_at, expires_at, used_at)"
    " SELECT sha256('l'), id, now(), now() + interval '5 minutes', now() FROM person"
)
_SESSION: Final = (
    "INSERT INTO person_session (id, secret_hash, way, link_hash, person_id, started_at, seen_at,"
    " expires_at) SELECT gen_random_uuid(), sha256('s'), 'link', secret_hash, person_id, now(),"
    " now(), now() + interval '1 hour' FROM sign_in_link"
)
_SIGNED_IN: Final = (
    "INSERT INTO audit_entry (id, actor, act, route, object_kind, object_id, after, occurred_at,"
    " recorded_at) SELECT gen_random_uuid(), 'per_1', 'signed_in', 'test', 'session', id,"
    ' \'{"way": "link"}\', now(), now() FROM person_session'
)
_PASSWORD: Final = (
    "INSERT INTO person_password (person_id, hash, set_at)"
    " SELECT id, '$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA', now() FROM person"
)


_JOB: Final = (
    "INSERT INTO bulk_job (id, kind, chosen, as_of, asked_by, asked_at, is_large, started_by,"
    " started_at) VALUES (gen_random_uuid(), 'charge_invoices', 'ids', now(), 'per_1', now(),"
    " false, 'per_1', now())"
)


def _rows(outcome: str, count: int = 1) -> str:
    """Write the INSERT of rows of a job that ended so."""
    ended = "NULL" if outcome == "NULL" else "now()"
    return (
        "INSERT INTO bulk_row (job_id, no, subject_id, outcome, reason, ended_at)"
        f" SELECT id, n, gen_random_uuid(), {outcome}, '', {ended}"
        f" FROM bulk_job, generate_series(1, {count}) AS n"
    )


def _refund(*, by: str = "mara", ended_by: str = "nils", more: int = 0, late: str = "1 day") -> str:
    """Write the INSERT of a proposal of which a refund was made."""
    return (
        "INSERT INTO refund_proposal (bucket, id, payment_id, gives, currency, amount_minor,"
        " reason, state, state_before, state_event, proposed_by, proposed_at, expires_at, ended_by,"
        " ended_at, refund_id)"
        f" SELECT bucket, gen_random_uuid(), payment_id, 'money', currency, amount_minor + {more},"
        f" 'asked', 'approved', 'proposed', 'approved', '{by}', now() - interval '2 days',"
        f" now() - interval '1 day' + interval '{late}', '{ended_by}', now(), id"
        " FROM refund WHERE cause = 'asked' LIMIT 1"
    )


def _approved(note_id: str, *, more: int = 0) -> str:
    """Write the INSERT of an approved proposal of credit that a note is said to be made of."""
    return (
        "INSERT INTO refund_proposal (bucket, id, payment_id, gives, currency, amount_minor,"
        " reason, state, state_before, state_event, proposed_by, proposed_at, expires_at,"
        " ended_by, ended_at, credit_note_id)"
        f" SELECT p.bucket, gen_random_uuid(), p.id, 'credit', p.currency, m.total_minor + {more},"
        " 'outage', 'approved', 'proposed', 'approved', 'mara', now(), now() + interval '1 day',"
        f" 'nils', now(), {note_id}"
        " FROM payment AS p JOIN credit_note AS m ON m.invoice_id = p.invoice_id LIMIT 1"
    )


def _note(of: str) -> str:
    """Write the INSERT of a note that nobody audited, on a customer who was erased or not."""
    return (
        "INSERT INTO customer_note (bucket, id, customer_id, author, said_sealed, written_at)"
        " SELECT bucket, gen_random_uuid(), id, 'per_1', '', now() FROM customer"
        f" WHERE erased_at IS {of} LIMIT 1"
    )


def _given(limit: int, act: str = "refunded") -> str:
    """Write the INSERT of what the log says of somebody who gave something back alone."""
    return (
        "INSERT INTO audit_entry (id, actor, act, route, key, after, occurred_at, recorded_at)"
        f" VALUES (gen_random_uuid(), 'per_1', '{act}', 'test', '{act}',"
        f" '{{\"limit\": {limit}}}', now(), now())"
    )


_STANDS: Final = "r.state NOT IN ('failed', 'reversed')"  # others gave nothing back
_GIFT: Final = (
    "INSERT INTO credit_note (bucket, id, invoice_id, customer_id, seller_code, currency, reason,"
    " settles, net_minor, tax_minor, total_minor, issued_on, issued_at, series_id, release_no)"
    " SELECT r.bucket, gen_random_uuid(), r.invoice_id, r.customer_id, r.seller_code, r.currency,"
    " 'goodwill', 'customer_credit', 601 - r.amount_minor, 0, 601 - r.amount_minor, current_date,"
    " now(), gen_random_uuid(), 1 FROM refund AS r WHERE r.cause = 'asked' AND r.amount_minor < 600"
    f" AND {_STANDS} LIMIT 1"
)
_KEYED: Final = (
    "INSERT INTO idempotency_key (bucket, principal, key, fingerprint, state, subject_id,"
    " created_at)"
    " SELECT s.bucket, a.actor, a.key, 'f', 'waiting', s.id, now()"
    "   FROM audit_entry AS a"
    "   JOIN ((SELECT r.bucket, r.id, 'refunded' AS act FROM refund AS r"
    f"          WHERE r.cause = 'asked' AND {_STANDS}"
    "           ORDER BY EXISTS (SELECT FROM credit_note AS g WHERE g.invoice_id = r.invoice_id"
    "                               AND g.reason = 'goodwill' AND g.issued_at = now()) DESC, r.id"
    "           LIMIT 1)"
    "          UNION ALL (SELECT n.bucket, n.id, 'credit_given' FROM credit_note AS n"
    "                      WHERE n.reason = 'goodwill' AND n.issued_at = now())) AS s"
    "     ON s.act = a.act"
    "  WHERE a.actor = 'per_1'"
)
_PAUSE: Final = (
    "INSERT INTO billing_pause (id, paused_by, reason, paused_at, done_before)"
    " SELECT gen_random_uuid(), 'mara', 'prices', now(),"
    " coalesce(sum(invoiced + ended + parked), 0) + {more} FROM bill_run"
)
_UNGUARDED: Final = "ALTER TABLE refund_proposal DROP CONSTRAINT refund_proposal_"
PEOPLE_PLANTS: Final[Mapping[str, tuple[str, ...]]] = {
    "I-205": (
        (
            "INSERT INTO idempotency_key (bucket, principal, key, fingerprint, state, subject_id,"
            " created_at) VALUES (1, 'per_1', 'k', 'f', 'waiting', gen_random_uuid(), now())"
        ),
    ),
    "I-205 decided": (
        (
            "INSERT INTO money_exception (bucket, id, subject_id, reason, detail, opened_at,"
            " closed_at, closed_by, resolution) SELECT bucket, gen_random_uuid(), id,"
            " 'provider_told', '', now(), now(), 'per_1', 'done' FROM attempt LIMIT 1"
        ),
    ),
    "I-205 approved": (_refund(ended_by="per_1", late="3 days"),),
    "I-224": (_refund(more=1, late="3 days"),),
    "I-224 one person": (f"{_UNGUARDED}four_eyes", _refund(ended_by="Mara ", late="3 days")),
    "I-224 late": (f"{_UNGUARDED}in_time", _refund()),
    "I-233": (_PAUSE.format(more=1),),
    "I-234": (_PAUSE.format(more=0),),
    "I-209": (
        _PERSON, _SAID, _LINK, _SESSION, _SIGNED_IN,
        "UPDATE person_session SET started_at = now() - interval '1 second'",
    ),
    "I-209 disabled": (
        _PERSON, _SAID.replace("person_added", "person_disabled"), _LINK, _SESSION, _SIGNED_IN,
        "UPDATE person SET disabled_at = now()",
    ),
    "I-235": (_PERSON, _SAID, _LINK, _SESSION),
    "I-235 other way": (
        _PERSON, _SAID, _LINK, _SESSION, _SIGNED_IN,
        "UPDATE person_session SET way = 'password', link_hash = NULL",
    ),
    "I-235 password": (_PERSON, _SAID, _PASSWORD),
    "I-236": (_JOB, _rows("'refused'", 501)),
    "I-236 large": (
        "ALTER TABLE bulk_job DROP CONSTRAINT bulk_job_four_eyes", _JOB,
        "UPDATE bulk_job SET is_large = true, started_by = 'PER_1 '",
    ),
    "I-236 row": (_JOB, _rows("'done'")),
    "I-236 early": (_JOB, _rows("NULL"), "UPDATE bulk_job SET ended_at = now()"),
    "I-254": (_given(1), _KEYED),
    "I-254 together": (_given(600), _GIFT, _given(600, "credit_given"), _KEYED),
    "I-255": (_approved("m.id", more=1),),
    "I-255 of another": (_approved("gen_random_uuid()"),),
    "I-80 written": (_note(of="NOT NULL"),),
    "I-245": (_note(of="NULL"),),
    "I-244": (
        _JOB, _rows("'refused'"),
        (
            "INSERT INTO audit_entry (id, actor, act, route, object_kind, object_id, key,"
            " occurred_at, recorded_at) SELECT gen_random_uuid(), 'per_1', 'charged', 'bulk job',"
            " 'invoice', subject_id, 'bulk ' || job_id || ' ' || no, now(), now() FROM bulk_row"
        ),
    ),
    "I-210": (_PERSON,),
    "I-210 role": (_PERSON, _SAID, "UPDATE person SET role = 'support'"),
    "I-210 disabled": (_PERSON, _SAID, "UPDATE person SET disabled_at = now()"),
}  # fmt: skip
