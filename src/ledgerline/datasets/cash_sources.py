"""What leaves the database of money at providers: what moved, what files say of it, what banks got.

A line of a file, and whether the file is in the books, may turn out to be something else later; so
only what never changes of them leaves. Which line is of which charge is found out again where
tables are built, and what the books made of it is told by their transfers.
"""

from typing import Final

from ledgerline.datasets.source import (
    Proof,
    Source,
    boolean,
    day,
    integer,
    name_of,
    text,
    utc_day,
    utc_month,
)

_OURS: Final = "'^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'"

SETTLEMENT_LINE: Final = Source(
    name="settlement_line",
    rows=(
        "settlement_step AS f"
        " JOIN settlement_file AS i ON i.id = f.file_id"
        " JOIN settlement_line AS l ON l.file_id = f.file_id"
        " LEFT JOIN payout AS p ON l.kind = 'payout' AND p.psp_account = i.psp_account"
        "  AND p.reference = coalesce(nullif(l.psp_ref, ''), i.reference)"
        "  AND p.currency = l.currency AND f.state = 'imported' AND l.net_minor <> 0"
        " LEFT JOIN attempt AS a ON l.kind = 'charge'"
        "  AND a.id = CASE WHEN lower(l.reference) ~ " + _OURS + " THEN l.reference::uuid END"
    ),
    where="f.state <> 'replaced'",
    columns={
        "line_id": text("l.file_id::text || ':' || l.line_no"),
        "file_id": name_of("l.file_id"),
        "file_ref": text("i.reference"),
        "psp_account": text("i.psp_account"),
        "seller_code": text("l.seller_code"),
        "kind": text("l.kind"),
        "subject_id": text(
            "CASE WHEN lower(l.reference) ~ " + _OURS + " THEN lower(l.reference) END"
        ),
        "psp_ref": text("nullif(l.psp_ref, '')"),
        "gross_minor": integer("l.gross_minor"),
        "gross_currency": text("l.gross_currency"),
        "fee_minor": integer("l.fee_minor"),
        "net_minor": integer("l.net_minor"),
        "currency": text("l.currency"),
        "settled_on": day("l.settled_on"),
        "payout_id": name_of("p.id"),
        "is_quarantined": boolean("(f.state = 'quarantined')"),
        "kept_on": utc_day("f.recorded_at"),
        "kept_month": utc_month("f.recorded_at"),
        "sent_month": utc_month("coalesce(a.sent_at, f.recorded_at)"),
    },
    money=("gross_minor", "fee_minor", "net_minor"),
    months=("kept_month", "sent_month"),
    proof=Proof(
        rows="settlement_step AS f JOIN settlement_line AS l ON l.file_id = f.file_id",
        where="f.state <> 'replaced'",
    ),
)
SETTLEMENT_REPLACED: Final = Source(
    name="settlement_replaced",
    rows="settlement_step AS f",
    where="f.state = 'replaced'",
    columns={
        "file_id": name_of("f.file_id"),
        "replaced_on": utc_day("f.recorded_at"),
        "replaced_month": utc_month("f.recorded_at"),
    },
    months=("replaced_month",),
)
SUSPENDED_LINE: Final = Source(
    name="suspended_line",
    rows="transfer AS f JOIN settlement_line AS l ON l.id = f.source_id",
    where="f.purpose = 'line_suspense'",
    columns={
        "transfer_id": text("f.source_id::text || ':' || f.purpose || ':' || f.n"),
        "line_id": text("l.file_id::text || ':' || l.line_no"),
    },
)
CHARGE_PROOF: Final = Source(
    name="charge_proof",
    rows=(
        "attempt_evidence AS f"
        " JOIN attempt AS a ON a.id = f.attempt_id AND a.bucket = f.bucket"
        " JOIN payment AS p ON p.id = a.payment_id AND p.bucket = a.bucket"
    ),
    where="f.outcome = 'succeeded'",
    columns={
        "proof_id": text("f.attempt_id::text || ':' || f.no"),
        "attempt_id": name_of("f.attempt_id"),
        "charge_id": name_of("coalesce(a.adopted_from, a.id)"),
        "customer_id": name_of("p.customer_id"),
        "seller_code": text("p.seller_code"),
        "psp_account": text("a.psp_account"),
        "psp_ref": text("a.psp_ref"),
        "currency": text("a.currency"),
        "amount_minor": integer("a.amount_minor"),
        "proven_on": utc_day("f.recorded_at"),
        "proven_month": utc_month("f.recorded_at"),
    },
    money=("amount_minor",),
    months=("proven_month",),
    proof=Proof(
        rows="attempt_evidence AS f",
        where="f.outcome = 'succeeded'",
        money={
            "amount_minor": (
                "(SELECT a.amount_minor FROM attempt AS a"
                " WHERE a.id = f.attempt_id AND a.bucket = f.bucket)"
            )
        },
    ),
)
REFUND_DONE: Final = Source(
    name="refund_done",
    rows="event AS f JOIN refund AS r ON r.id = f.aggregate_id AND r.bucket = f.bucket",
    where="f.kind IN ('refund.succeeded', 'refund.reversed')",
    columns={
        "event_id": name_of("f.id"),
        "refund_id": name_of("r.id"),
        "kind": text("f.kind"),
        "customer_id": name_of("r.customer_id"),
        "seller_code": text("r.seller_code"),
        "psp_account": text("r.psp_account"),
        "psp_ref": text("r.psp_ref"),
        "currency": text("r.currency"),
        "amount_minor": integer("r.amount_minor"),
        "done_on": utc_day("f.occurred_at"),
        "done_month": utc_month("f.occurred_at"),
    },
    money=("amount_minor",),
    months=("done_month",),
    proof=Proof(
        rows="event AS f",
        where="f.kind IN ('refund.succeeded', 'refund.reversed')",
        money={
            "amount_minor": (
                "(SELECT r.amount_minor FROM refund AS r"
                " WHERE r.id = f.aggregate_id AND r.bucket = f.bucket)"
            )
        },
    ),
)
DISPUTE_MOVE: Final = Source(
    name="dispute_move",
    rows=(
        "dispute_fact AS f"
        " JOIN dispute AS d ON d.id = f.dispute_id AND d.bucket = f.bucket"
        " JOIN attempt AS a ON a.id = d.attempt_id AND a.bucket = d.bucket"
        " CROSS JOIN LATERAL (VALUES (0, f.taken_minor), (1, f.given_minor)) AS m (back, minor)"
    ),
    where="m.minor <> 0",
    columns={
        "move_id": text("f.dispute_id::text || ':' || f.no || ':' || m.back"),
        "hold_id": text("f.dispute_id::text || ':dispute_hold:' || (2 * f.no + m.back)"),
        "over_id": text("f.dispute_id::text || ':dispute_over:' || (2 * f.no + m.back)"),
        "dispute_id": name_of("f.dispute_id"),
        "charge_id": name_of("coalesce(a.adopted_from, a.id)"),
        "customer_id": name_of("d.customer_id"),
        "seller_code": text("d.seller_code"),
        "psp_account": text("d.psp_account"),
        "psp_ref": text("a.psp_ref"),
        "currency": text("d.currency"),
        "is_back": boolean("(m.back = 1)"),
        "moved_minor": integer("m.minor"),
        "moved_on": utc_day("f.recorded_at"),
        "moved_month": utc_month("f.recorded_at"),
    },
    money=("moved_minor",),
    months=("moved_month",),
    proof=Proof(
        rows="dispute_fact AS f",
        counted="sum((f.taken_minor <> 0)::integer + (f.given_minor <> 0)::integer)",
        money={"moved_minor": "f.taken_minor + f.given_minor"},
    ),
)
PAYOUT_STEP: Final = Source(
    name="payout_step",
    rows="payout_step AS f JOIN payout AS p ON p.id = f.payout_id",
    where="f.amount_minor <> 0",
    columns={
        "step_id": text("f.payout_id::text || ':' || f.no"),
        "payout_id": name_of("p.id"),
        "is_at_bank": boolean("(f.event IN ('arrived', 'sent_back'))"),
        "psp_account": text("p.psp_account"),
        "payout_ref": text("p.reference"),
        "currency": text("p.currency"),
        "amount_minor": integer("f.amount_minor"),
        "happened_on": day("f.happened_on"),
        "banked_id": text("f.payout_id::text || ':banked:' || f.n"),
        "reversed_id": text("f.payout_id::text || ':payout_reversed:' || f.n"),
    },
    money=("amount_minor",),
)
CASH_SOURCES: Final = (
    SETTLEMENT_LINE, SETTLEMENT_REPLACED, SUSPENDED_LINE, CHARGE_PROOF, REFUND_DONE, DISPUTE_MOVE,
    PAYOUT_STEP,
)  # fmt: skip
