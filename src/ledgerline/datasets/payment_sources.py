"""What leaves the database of payments: tries, their ends, plans and choices.

An attempt changes until it ends, so it is read in two parts: as it was sent, driven by the choice
of its account, which is committed with it, and as it ended, driven by the evidence that closed it.
Each row names the month of the first attempt of its payment: what comes later belongs there too.
"""

from typing import Final

from ledgerline.datasets.source import (
    Proof,
    Source,
    boolean,
    integer,
    name_of,
    text,
    utc_day,
    utc_month,
)

_OF_PAYMENT: Final = (
    " JOIN payment AS p ON p.id = a.payment_id AND p.bucket = a.bucket"
    " JOIN invoice AS i ON i.id = p.invoice_id AND i.bucket = p.bucket"
)
_FIRST: Final = (
    " JOIN attempt AS b ON b.payment_id = a.payment_id AND b.bucket = a.bucket AND b.ordinal = 1"
)
_SENT: Final = {
    "attempt_id": name_of("a.id"),
    "payment_id": name_of("a.payment_id"),
    "customer_id": name_of("p.customer_id"),
    "subscription_id": name_of("p.subscription_id"),
    "seller_code": text("p.seller_code"),
    "market_code": text("i.market_code"),
    "cause": text("i.cause"),
    "purpose": text("p.purpose"),
    "currency": text("a.currency"),
    "amount_minor": integer("a.amount_minor"),
    "psp_account": text("a.psp_account"),
    "initiator": text("a.initiator"),
    "ordinal_num": integer("a.ordinal"),
    "sent_on": utc_day("a.sent_at"),
    "sent_month": utc_month("a.sent_at"),
    "begun_month": utc_month("b.sent_at"),
}
_OF_EVIDENCE: Final = "FROM attempt AS a WHERE a.id = f.attempt_id AND a.bucket = f.bucket"
_OF_CHOICE: Final = "FROM attempt AS a WHERE a.id = f.subject_id AND a.bucket = f.bucket"
_MONTHS: Final = ("sent_month", "begun_month")

ATTEMPT_SENT: Final = Source(
    name="attempt_sent",
    rows=(
        "decision AS f"
        " JOIN attempt AS a ON a.id = f.subject_id AND a.bucket = f.bucket AND a.decision_id = f.id"
        + _OF_PAYMENT
        + _FIRST
    ),
    where="f.kind = 'route'",
    columns={
        **_SENT,
        "arm": text("f.policy_version || ':' || f.rule"),
        "propensity_ppm": integer(
            "(SELECT c.ppm FROM jsonb_to_recordset(f.candidates) AS c (account text, ppm bigint)"
            " WHERE c.account = f.chosen)"
        ),
    },
    money=("amount_minor",),
    months=_MONTHS,
    proof=Proof(
        rows="decision AS f",
        where="f.kind = 'route' AND EXISTS (SELECT " + _OF_CHOICE + " AND a.decision_id = f.id)",
        money={"amount_minor": "(SELECT a.amount_minor " + _OF_CHOICE + ")"},
    ),
)
ATTEMPT_ADOPTED: Final = Source(
    name="attempt_adopted",
    rows=(
        "attempt_evidence AS f JOIN attempt AS a ON a.id = f.attempt_id AND a.bucket = f.bucket"
        + _OF_PAYMENT
        + _FIRST
    ),
    where="f.no = 1 AND a.adopted_from IS NOT NULL",
    columns={**_SENT, "adopted_from_id": name_of("a.adopted_from")},
    money=("amount_minor",),
    months=_MONTHS,
    proof=Proof(
        rows="attempt_evidence AS f",
        where="f.no = 1 AND EXISTS (SELECT " + _OF_EVIDENCE + " AND a.adopted_from IS NOT NULL)",
        money={"amount_minor": "(SELECT a.amount_minor " + _OF_EVIDENCE + ")"},
    ),
)
ATTEMPT_END: Final = Source(
    name="attempt_end",
    rows=(
        "attempt_evidence AS f JOIN attempt AS a ON a.id = f.attempt_id AND a.bucket = f.bucket"
        + _FIRST
    ),
    where="f.no = 1",
    columns={
        "attempt_id": name_of("f.attempt_id"),
        "outcome": text("f.outcome"),
        "evidence_kind": text("f.kind"),
        "category": text("a.category"),
        "is_left_by_payer": boolean(
            "(a.state_before = 'requires_action' AND f.outcome = 'not_executed')"
        ),
        "captured_minor": integer("coalesce(f.amount_minor, 0)"),
        "ended_on": utc_day("f.recorded_at"),
        "sent_month": utc_month("a.sent_at"),
        "begun_month": utc_month("b.sent_at"),
    },
    money=("captured_minor",),
    months=_MONTHS,
)
ATTEMPT_ANSWER: Final = Source(
    name="attempt_answer",
    rows=(
        "attempt_evidence AS f JOIN attempt AS a ON a.id = f.attempt_id AND a.bucket = f.bucket"
        + _FIRST
    ),
    where="f.no = 1 AND f.kind = 'response' AND a.state_before = 'sent'",
    columns={
        "attempt_id": name_of("f.attempt_id"),
        "answer_ms_num": integer(
            "greatest(floor(1000 * extract(epoch FROM f.recorded_at - a.sent_at)), 0)"
        ),
        "sent_month": utc_month("a.sent_at"),
        "begun_month": utc_month("b.sent_at"),
    },
    months=_MONTHS,
    proof=Proof(
        rows="attempt_evidence AS f",
        where=(
            "f.no = 1 AND f.kind = 'response' AND EXISTS (SELECT "
            + _OF_EVIDENCE
            + " AND a.state_before = 'sent')"
        ),
    ),
)
PAYMENT_END: Final = Source(
    name="payment_end",
    rows=(
        "event AS f"
        " JOIN attempt AS b"
        " ON b.payment_id = f.aggregate_id AND b.bucket = f.bucket AND b.ordinal = 1"
    ),
    where="f.kind IN ('payment.failed', 'payment.canceled')",
    columns={
        "event_id": name_of("f.id"),
        "payment_id": name_of("f.aggregate_id"),
        "kind": text("f.kind"),
        "closed_on": utc_day("f.occurred_at"),
        "begun_month": utc_month("b.sent_at"),
    },
    months=("begun_month",),
    proof=Proof(
        rows="event AS f",
        where=(
            "f.kind IN ('payment.failed', 'payment.canceled') AND EXISTS (SELECT FROM attempt AS a"
            " WHERE a.payment_id = f.aggregate_id AND a.bucket = f.bucket AND a.ordinal = 1)"
        ),
    ),
)
RETRY_PLAN: Final = Source(
    name="retry_plan",
    rows=(
        "retry_plan AS f"
        " JOIN attempt AS b"
        " ON b.payment_id = f.payment_id AND b.bucket = f.bucket AND b.ordinal = 1"
        " JOIN collection_policy AS c"
        " ON c.market_code = f.market_code AND c.version = f.policy_version"
    ),
    columns={
        "plan_id": text("f.payment_id::text || ':' || f.revision"),
        "payment_id": name_of("f.payment_id"),
        "revision_num": integer("f.revision"),
        "attempt_id": name_of("f.attempt_id"),
        "market_code": text("f.market_code"),
        "policy_version_num": integer("f.policy_version"),
        "end_policy": text("c.end_policy"),
        "tries_count": integer("f.tries"),
        "tries_max_count": integer("f.tries_max"),
        "category": text("f.category"),
        "advice": text("f.advice"),
        "network_advice": text("f.network_advice"),
        "track": text("f.track"),
        "began_on": utc_day("f.began_at"),
        "ends_on": utc_day("f.ends_at"),
        "planned_on": utc_day("f.planned_at"),
        "begun_month": utc_month("b.sent_at"),
    },
    months=("begun_month",),
)
_LOCALLY: Final = "(c.body ->> 'at')::timestamptz AT TIME ZONE (f.features ->> 'zone')"
_FEATURE_NAMES: Final = (
    "nullif(f.features ->> 'region', ''), nullif(f.features ->> 'brand', ''),"
    " nullif(f.features ->> 'funding', '')"
)
# Where a model was asked no rule decides: the first account that was left would have been tried.
_BY_RULES: Final = (
    "(CASE WHEN f.learned -> 'accounts' IS NOT NULL"
    " THEN 1000000 * (f.learned -> 'accounts' ->> 0 = c.body ->> 'account')::int"
    " WHEN f.kind = 'route' AND f.rule <> 'model' THEN coalesce((c.body ->> 'ppm')::bigint, 0) END)"
)
_BELIEVED: Final = (
    "(SELECT sum(t.value::bigint)"
    " FROM jsonb_each_text(f.learned -> 'terms' -> (c.body ->> 'account')) AS t)"
)
DECISION_CANDIDATE: Final = Source(
    name="decision_candidate",
    rows=(
        "decision AS f"
        " JOIN attempt AS a ON a.id = f.subject_id AND a.bucket = f.bucket" + _FIRST + " LEFT JOIN"
        " LATERAL jsonb_array_elements(f.candidates) WITH ORDINALITY AS c (body, no) ON true"
    ),
    where="f.kind IN ('route', 'retry')",
    columns={
        "candidate_id": text("f.id::text || ':' || coalesce(c.no, 0)"),
        "decision_id": name_of("f.id"),
        "kind": text("f.kind"),
        "attempt_id": name_of("f.subject_id"),
        "payment_id": name_of("a.payment_id"),
        "rule": text("f.rule"),
        "policy_version_num": integer("f.policy_version"),
        "candidate_num": integer("coalesce(c.no, 0)"),
        "psp_account": text("c.body ->> 'account'"),
        "try_on": utc_day("(c.body ->> 'at')::timestamptz"),
        "try_hour_num": integer(
            "extract(hour FROM (c.body ->> 'at')::timestamptz AT TIME ZONE 'UTC')"
        ),
        "try_local_on": utc_day(f"({_LOCALLY}) AT TIME ZONE 'UTC'"),
        "try_local_hour_num": integer(f"extract(hour FROM {_LOCALLY})"),
        "network": text("nullif(f.features ->> 'brand', '')"),
        "decided_hour_num": integer("extract(hour FROM f.decided_at AT TIME ZONE 'UTC')"),
        "propensity_ppm": integer("coalesce((c.body ->> 'ppm')::bigint, 0)"),
        "reason": text("c.body ->> 'reason'"),
        "is_chosen": boolean(
            "(coalesce(f.chosen = coalesce(c.body ->> 'account', c.body ->> 'at'), false)"
            " AND (c.body ->> 'ppm')::bigint > 0)"
        ),
        "segment": text("nullif(concat_ws(' ', " + _FEATURE_NAMES + "), '')"),
        "learned_ppm": integer("(f.learned -> 'ppm' ->> (c.body ->> 'account'))"),
        "learned_percent_num": integer("(f.learned ->> 'percent')"),
        "rules_ppm": integer(_BY_RULES),
        "believed_milli_num": integer(_BELIEVED),
        "decided_on": utc_day("f.decided_at"),
        "sent_month": utc_month("a.sent_at"),
        "begun_month": utc_month("b.sent_at"),
    },
    money=("propensity_ppm",),
    months=_MONTHS,
    proof=Proof(
        rows="decision AS f",
        where="f.kind IN ('route', 'retry') AND EXISTS (SELECT " + _OF_CHOICE + ")",
        counted="sum(greatest(jsonb_array_length(f.candidates), 1))",
        money={
            "propensity_ppm": (
                "(SELECT sum((c ->> 'ppm')::bigint) FROM jsonb_array_elements(f.candidates) AS c)"
            )
        },
    ),
)
PAYMENT_SOURCES: Final = (
    ATTEMPT_SENT, ATTEMPT_ADOPTED, ATTEMPT_END, ATTEMPT_ANSWER, PAYMENT_END, RETRY_PLAN,
    DECISION_CANDIDATE,
)  # fmt: skip
