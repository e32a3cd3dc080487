"""One violation of every invariant: what a defect would have to do, once its guards are gone.

Runs with triggers and foreign keys off, in a transaction that is rolled back.
"""

from collections.abc import Mapping
from typing import Final


def _copy(table: str, where: str, *changes: str) -> str:
    """Write the INSERT that repeats one row with some columns changed."""
    changed = f"jsonb_build_object({', '.join(changes)})"
    return (
        f"INSERT INTO {table} SELECT r.* FROM {table} AS s, jsonb_populate_record(s, {changed})"
        f" AS r WHERE {where} LIMIT 1"
    )


NEW_ID: Final = "'id', gen_random_uuid()"
_NEXT_BUCKET: Final = "'bucket', (s.bucket + 1) % 4096"
_ONE_CAPTURE: Final = "DELETE FROM transfer WHERE purpose = 'capture'"

PLANTS: Final[Mapping[str, tuple[str, ...]]] = {
    "I-01": (
        "DROP INDEX subscription_one_live",
        _copy("subscription", "s.state = 'active'", NEW_ID),
    ),
    "I-02": (
        "ALTER TABLE invoice_line DROP CONSTRAINT invoice_line_inside_grid",
        (
            "UPDATE invoice_line AS l SET period_end = period_end + 5 WHERE EXISTS (SELECT FROM"
            " invoice_line AS n WHERE n.item_id = l.item_id AND n.period_start = l.period_end)"
        ),
    ),
    "I-03": ("UPDATE subscription SET billed_through = billed_through + 1",),
    "I-05": (
        "DROP INDEX payment_one_live",
        _copy("payment", "s.state = 'succeeded'", NEW_ID),
    ),
    "I-06": (
        "DROP INDEX attempt_one_live",
        _copy("attempt", "s.state = 'succeeded'", NEW_ID),
    ),
    "I-08": ("UPDATE attempt SET amount_minor = amount_minor + 1",),
    "I-10": ("DELETE FROM attempt_evidence",),
    "I-12": ("UPDATE attempt_evidence SET no = 2",),
    "I-13": (
        "UPDATE payment SET refunded_minor = 1 WHERE captured_minor > 0 AND refunded_minor = 0",
    ),
    "I-14": (
        "ALTER TABLE attempt DROP CONSTRAINT attempt_transition",
        "UPDATE attempt SET state = 'declined' WHERE state = 'succeeded'",
    ),
    "I-15": ("DELETE FROM receipt WHERE kind = 'payment'",),
    "I-16": (_ONE_CAPTURE,),
    "I-17": ("DELETE FROM transfer WHERE purpose = 'refund'",),
    "I-18": (
        (
            "UPDATE invoice SET credit_used_minor = 1"
            " WHERE state = 'paid' AND total_minor > 0 AND credit_used_minor = 0"
        ),
    ),
    "I-20": (
        "ALTER TABLE transfer DROP CONSTRAINT transfer_amount",
        "UPDATE transfer SET amount_minor = -amount_minor",
    ),
    "I-21": (_ONE_CAPTURE,),
    "I-22": ("UPDATE transfer SET amount_minor = amount_minor + 1 WHERE purpose = 'issue_tax'",),
    "I-23": (_copy("transfer", "true", _NEXT_BUCKET),),
    "I-26": ("UPDATE credit_balance SET balance_minor = balance_minor + 1",),
    "I-28": ("ALTER TABLE coupon ALTER COLUMN amount_minor TYPE integer",),
    "I-30": ("DELETE FROM document_number WHERE position = 1",),
    "I-31": ("UPDATE document_number SET document_id = gen_random_uuid() WHERE position = 1",),
    "I-32": ("UPDATE invoice SET credited_minor = 1 WHERE credited_minor = 0 AND total_minor > 0",),
    "I-33": (
        "ALTER TABLE invoice_line DROP CONSTRAINT invoice_line_foots",
        "UPDATE invoice_line SET net_minor = net_minor + 1",
    ),
    "I-36": (
        (
            "UPDATE cover AS c SET starts_at = starts_at - interval '1 day' WHERE EXISTS (SELECT"
            " FROM cover AS b WHERE b.subscription_id = c.subscription_id"
            " AND b.ends_at = c.starts_at)"
        ),
    ),
    "I-37": (
        "ALTER TABLE invoice DROP CONSTRAINT invoice_transition",
        "UPDATE invoice SET state = 'open', paid_at = NULL WHERE state = 'paid'",
    ),
    "I-38": (
        "ALTER TABLE cover DROP CONSTRAINT cover_grace_is_bounded",
        "UPDATE cover SET reason = 'grace' WHERE reason = 'paid'",
    ),
    "I-40": (
        _copy("invoice_line", "s.kind = 'trial'", "'item_id', gen_random_uuid()", "'line_no', 2"),
    ),
    "I-41": (
        "ALTER TABLE subscription DROP CONSTRAINT subscription_ended_is_not_billed",
        "UPDATE subscription SET next_bill_at = now() WHERE ended_at IS NOT NULL",
    ),
    "I-42": (
        (
            "INSERT INTO psp_event (psp_account, event_key, event_type, state, body, received_at)"
            " VALUES ('aster', 'evt', 'charge.succeeded', 'applied', '', now())"
        ),
    ),
    "I-44": ("UPDATE invoice SET event_seq = event_seq + 1",),
    "I-48": ("UPDATE bill_run SET invoiced = invoiced + 1",),
    "I-50": ("UPDATE customer SET bucket = (bucket + 1) % 4096",),
    "I-53": ("UPDATE payment_method SET customer_id = gen_random_uuid()",),
    "I-54": (_copy("idempotency_key", "true", _NEXT_BUCKET, "'subject_id', gen_random_uuid()"),),
    "I-55": ("UPDATE customer_version SET recorded_at = recorded_at + interval '1 year'",),
    "I-56": ("UPDATE subscription SET customer_version = 2 WHERE ended_at IS NULL",),
    "I-57": ("UPDATE customer SET external_id = 'planted'",),
    "I-58": (
        (
            "INSERT INTO ledger_period (seller_code, month, state, closed_at)"
            " SELECT seller_code, date_trunc('month', booked_on)::date, 'closed',"
            " occurred_at - interval '1 second' FROM transfer LIMIT 1"
        ),
    ),
    "I-59": ("UPDATE transfer SET dim = '' WHERE purpose = 'capture'",),
    "R-01": ("DELETE FROM invoice_line",),
    "R-02": ("DELETE FROM subscription",),
    "R-03": ("DELETE FROM invoice",),
    "R-04": ("DELETE FROM payment",),
    "R-05": ("DELETE FROM invoice",),
    "R-06": ("DELETE FROM customer",),
    "R-07": ("DELETE FROM invoice",),
    "R-08": ("DELETE FROM payment",),
    "R-09": ("DELETE FROM subscription",),
    "R-12": ("UPDATE recognition SET category = category || '!'",),
    "R-10": ("UPDATE subscription SET parked = 'by hand'",),
    "R-11": ("UPDATE invoice_line SET line_no = line_no + 1",),
}
