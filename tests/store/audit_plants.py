"""Violations of every invariant: what a defect would have to do, once its guards are gone.

A name begins with the invariant; where that says several things, words tell the plants apart.

Runs with triggers and foreign keys off, in a transaction that is rolled back.
"""

from collections.abc import Mapping
from typing import Final

from tests.store.dispute_plants import DISPUTE_PLANTS
from tests.store.mail_plants import MAIL_PLANTS
from tests.store.mandate_plants import MANDATE_PLANTS
from tests.store.operator_plants import OPERATOR_PLANTS
from tests.store.pause_plants import PAUSE_PLANTS
from tests.store.people_plants import PEOPLE_PLANTS
from tests.store.portal_plants import PORTAL_PLANTS
from tests.store.release_plants import RELEASE_PLANTS
from tests.store.retry_plants import RETRY_PLANTS
from tests.store.routing_plants import ROUTING_PLANTS
from tests.store.settlement_plants import SETTLEMENT_PLANTS
from tests.store.setup_plants import SETUP_PLANTS
from tests.store.told_plants import TOLD_PLANTS, told


def _copy(table: str, where: str, *changes: str) -> str:
    """Write the INSERT that repeats one row with some columns changed."""
    changed = f"jsonb_build_object({', '.join(changes)})"
    return (
        f"INSERT INTO {table} SELECT r.* FROM {table} AS s, jsonb_populate_record(s, {changed})"
        f" AS r WHERE {where} LIMIT 1"
    )


NEW_ID: Final = "'id', gen_random_uuid()"
_NEXT_BUCKET: Final = "'bucket', (s.bucket + 1) % 4096"
_ERASED: Final = (
    "UPDATE customer SET erased_at = created_at, email_sealed = NULL, email_hash = NULL,"
    " metadata = '{}',"
    " external_id = NULL WHERE erased_at IS NULL"
)
_ONE_CAPTURE: Final = "DELETE FROM transfer WHERE purpose = 'capture'"

PLANTS: Final[Mapping[str, tuple[str, ...]]] = {
    **SETTLEMENT_PLANTS,
    **DISPUTE_PLANTS,
    **ROUTING_PLANTS,
    **RETRY_PLANTS,
    **MANDATE_PLANTS,
    **PAUSE_PLANTS,
    **PEOPLE_PLANTS,
    **OPERATOR_PLANTS,
    **SETUP_PLANTS,
    **TOLD_PLANTS,
    **RELEASE_PLANTS,
    **PORTAL_PLANTS,
    **MAIL_PLANTS,
    "I-01": (
        "DROP INDEX subscription_one_live",
        _copy("subscription", "s.state = 'active'", NEW_ID),
    ),
    "I-02": (
        "ALTER TABLE invoice_line DROP CONSTRAINT invoice_line_inside_grid",
        (
            "UPDATE invoice_line AS l SET period_end = period_end + 5 WHERE EXISTS (SELECT FROM"
            " invoice_line AS n WHERE n.subscription_id = l.subscription_id"
            " AND n.item_no = l.item_no AND n.period_start = l.period_end)"
        ),
    ),
    "I-03": ("UPDATE subscription SET billed_through = billed_through + 1",),
    "I-03 gap": (
        "UPDATE invoice_line SET period_start = period_start + 1 WHERE kind = 'recurring'",
    ),
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
    "I-13": ("UPDATE payment SET refunded_minor = refunded_minor - 1 WHERE refunded_minor > 0",),
    "I-14": (
        "ALTER TABLE attempt DROP CONSTRAINT attempt_transition",
        "UPDATE attempt SET state = 'declined' WHERE state = 'succeeded'",
    ),
    "I-15": ("DELETE FROM receipt WHERE kind = 'payment'",),
    "I-16": (_ONE_CAPTURE,),
    "I-17": ("DELETE FROM transfer WHERE purpose = 'refund'",),
    "I-18": (
        (
            "INSERT INTO allocation (bucket, invoice_id, no, source_kind, source_id, amount_minor,"
            " effective_on) SELECT bucket, invoice_id, 9, 'credit', invoice_id, 1, effective_on"
            " FROM allocation WHERE source_kind = 'payment'"
        ),
    ),
    "I-20": (
        "ALTER TABLE transfer DROP CONSTRAINT transfer_amount",
        "UPDATE transfer SET amount_minor = -amount_minor",
    ),
    "I-21": (_ONE_CAPTURE,),
    "I-22": ("UPDATE transfer SET amount_minor = amount_minor + 1 WHERE purpose = 'issue_tax'",),
    "I-22 earned": ("UPDATE line_credit SET deferred_net_minor = 0 WHERE deferred_net_minor > 0",),
    "I-22 credit": ("DELETE FROM transfer WHERE purpose = 'credit_used'",),
    "I-23": (_copy("transfer", "true", _NEXT_BUCKET),),
    "I-26": (
        (
            "UPDATE credit_lot SET amount_minor = amount_minor + 1,"
            " remaining_minor = remaining_minor + 1"
        ),
    ),
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
            " AND b.component = c.component AND b.ends_at = c.starts_at)"
        ),
    ),
    "I-37": (
        "ALTER TABLE invoice DROP CONSTRAINT invoice_transition",
        "UPDATE invoice SET state = 'open', paid_at = NULL WHERE state = 'paid'",
    ),
    "I-38": ("UPDATE cover SET reason = 'grace' WHERE reason = 'paid'",),
    "I-40": (
        (
            "UPDATE subscription AS s SET customer_id = o.customer_id FROM subscription AS o"
            " WHERE o.id <> s.id AND EXISTS (SELECT FROM trial_redemption AS t"
            " WHERE t.subscription_id = s.id)"
        ),
    ),
    "I-41 before it began": (
        "UPDATE subscription SET ended_at = created_at - interval '1 h' WHERE state = 'canceled'",
    ),
    "I-41": (
        "ALTER TABLE subscription DROP CONSTRAINT subscription_ended_is_not_billed",
        "UPDATE subscription SET next_bill_at = now() WHERE ended_at IS NOT NULL",
    ),
    "I-42": (
        (
            "INSERT INTO psp_event (psp_account, event_key, event_type, state, body_sha256,"
            " received_at) VALUES ('aster', 'evt', 'charge.succeeded', 'applied', sha256(''),"
            " now())"
        ),
    ),
    "I-44": ("UPDATE invoice SET event_seq = event_seq + 1",),
    "I-48": ("UPDATE bill_run SET invoiced = invoiced + 1",),
    "I-50": ("UPDATE customer SET bucket = (bucket + 1) % 4096",),
    "I-53": ("UPDATE payment_method SET customer_id = gen_random_uuid()",),
    "I-54": (_copy("idempotency_key", "true", _NEXT_BUCKET, "'subject_id', gen_random_uuid()"),),
    "I-55": ("UPDATE customer_version SET recorded_at = recorded_at + interval '1 year'",),
    "I-56": ("UPDATE subscription SET customer_version = 2 WHERE ended_at IS NULL",),
    "I-57": ("UPDATE customer SET external_id = 'planted' WHERE erased_at IS NULL",),
    "I-58": (
        (
            "INSERT INTO ledger_period (seller_code, month, state, closed_at)"
            " SELECT seller_code, date_trunc('month', booked_on)::date, 'closed',"
            " occurred_at - interval '1 second' FROM transfer LIMIT 1"
        ),
    ),
    "I-59": ("UPDATE transfer SET dim = '' WHERE purpose = 'capture'",),
    "I-60": ("UPDATE line_credit SET credit_start = credit_end - 1",),
    "I-60 beyond": ("UPDATE line_credit SET credit_end = credit_end + 1",),
    "I-61": (
        "ALTER TABLE line_credit DROP CONSTRAINT line_credit_deferred",
        "UPDATE line_credit SET deferred_net_minor = deferred_net_minor + 9000",
    ),
    "I-61 late": ("UPDATE line_credit SET booked_on = credit_end WHERE deferred_net_minor > 0",),
    "I-62": ("DELETE FROM allocation WHERE source_kind = 'payment'",),
    "I-62 given up": ("DELETE FROM allocation WHERE source_kind = 'credit_note'",),
    "I-62 void": (
        (
            "INSERT INTO allocation (bucket, invoice_id, no, source_kind, source_id, amount_minor,"
            " effective_on) SELECT bucket, id, 9, 'credit', id, 1, issued_on"
            " FROM invoice WHERE state = 'void'"
        ),
    ),
    "I-63": ("UPDATE allocation SET source_id = invoice_id WHERE source_kind = 'payment'",),
    "I-63 note": ("UPDATE credit_note SET settles = 'receivable'",),
    "I-64": ("UPDATE credit_lot SET remaining_minor = 0 WHERE remaining_minor > 0",),
    "I-64 nothing given": ("DELETE FROM credit_lot WHERE remaining_minor = amount_minor",),
    "I-65": ("UPDATE subscription_item SET quantity = quantity - 1 WHERE quantity > 1",),
    "I-65 not given back": (
        (
            "DELETE FROM line_credit AS c USING credit_note AS n"
            " WHERE n.id = c.credit_note_id AND n.reason = 'plan_changed'"
        ),
    ),
    "I-65 too many": ("UPDATE invoice_line SET quantity = quantity + 1 WHERE kind = 'recurring'",),
    "I-66": ("UPDATE subscription_item SET ends_on = NULL WHERE ends_on IS NOT NULL",),
    "I-66 not given": ("UPDATE subscription SET item_seq = item_seq - 1",),
    "I-66 no base": ("DELETE FROM subscription_item WHERE component = 'base'",),
    "I-67": (
        "ALTER TABLE invoice DROP CONSTRAINT invoice_transition",
        "UPDATE invoice SET state = 'open', paid_at = NULL WHERE cause = 'change'",
    ),
    "I-67 forgotten": ("DELETE FROM pending_change",),
    "I-67 not asked": (
        "ALTER TABLE payment DROP CONSTRAINT payment_transition",
        (
            "UPDATE payment AS p SET state = 'failed' FROM pending_change AS w"
            " WHERE w.invoice_id = p.invoice_id"
        ),
    ),
    "I-68 runs out": (
        (
            "UPDATE refund SET state = 'sent', resolve_at = now(), receipt_id = NULL,"
            " reversal_receipt_id = NULL"
        ),
        (
            "UPDATE invoice_line AS l SET gross_minor = 1, net_minor = 1, tax_minor = 0"
            " FROM refund_line AS r WHERE r.invoice_id = l.invoice_id"
        ),
    ),
    "I-69": (
        _copy(
            "invoice_line",
            "s.kind = 'fixed'",
            "'period_start', s.period_start + 1",
            "'period_end', s.period_end + 1",
            "'grid_end', s.grid_end + 1",
        ),
    ),
    "I-69 by time": ("UPDATE invoice_line SET component = 'base' WHERE kind = 'fixed'",),
    "I-70": ("UPDATE invoice_line SET net_minor = 1, gross_minor = 1 WHERE kind = 'trial'",),
    "I-70 paid days": (
        _copy(
            "invoice_line",
            "s.kind = 'trial'",
            "'kind', 'recurring'",
            "'net_minor', 1",
            "'gross_minor', 1",
        ),
    ),
    "I-71": ("UPDATE subscription SET grid_day = grid_day + 1",),
    "I-71 due": ("UPDATE subscription SET next_bill_at = next_bill_at + interval '1 hour'",),
    "I-71 billed": ("DELETE FROM invoice AS i WHERE i.cause = 'renewal'",),
    "I-71 items": ("UPDATE subscription_item SET price_id = gen_random_uuid()",),
    "I-71 offers": ("DELETE FROM subscription_offer",),
    "I-71 log": ("DELETE FROM subscription_event WHERE kind = 'quantity_changed'",),
    "I-71 no beginning": ("DELETE FROM subscription_event WHERE seq = 1",),
    "I-72": ("UPDATE transfer SET amount_minor = amount_minor + 1 WHERE purpose = 'recognise'",),
    "I-73": ("UPDATE refund SET cause = 'late_change' WHERE cause = 'asked'",),
    "I-73 a part": (
        "UPDATE refund SET amount_minor = amount_minor - 1 WHERE cause = 'late_change'",
    ),
    "I-74": (
        "ALTER TABLE payment DROP CONSTRAINT payment_settled, DROP CONSTRAINT payment_transition",
        "UPDATE payment SET state = 'processing', own_failures = 3 WHERE state = 'succeeded'",
        "ALTER TABLE attempt DROP CONSTRAINT attempt_transition",
        "UPDATE attempt SET state = 'not_executed' WHERE resolve_at IS NULL",
    ),
    "I-75": (
        "ALTER TABLE payment DROP CONSTRAINT payment_settled, DROP CONSTRAINT payment_transition",
        "UPDATE payment SET state = 'failed' WHERE state = 'succeeded'",
        "ALTER TABLE attempt DROP CONSTRAINT attempt_transition",
        (
            "UPDATE attempt SET state = 'not_executed', initiator = 'merchant'"
            " WHERE resolve_at IS NULL"
        ),
    ),
    "I-76": ("UPDATE environment SET instant = instant - interval '40 days'",),
    "I-77": (
        "ALTER TABLE subscription DROP CONSTRAINT subscription_transition",
        (
            "UPDATE subscription SET state = 'canceled', ended_at = created_at,"
            " next_bill_at = NULL WHERE state = 'active'"
        ),
    ),
    "I-77 rests": (
        (
            "INSERT INTO subscription_event SELECT (e.o).* FROM (SELECT jsonb_populate_record(v,"
            " jsonb_build_object('seq', 99, 'kind', 'paused', 'recorded_at', i.issued_at"
            " + interval '1 second')) AS o FROM subscription_event AS v JOIN invoice AS i"
            " ON i.subscription_id = v.subscription_id AND i.bucket = v.bucket"
            " WHERE v.seq = 1 AND i.state = 'paid' AND i.cause = 'purchase') AS e"
        ),
    ),
    "I-78": (
        (
            "INSERT INTO psp_event (psp_account, event_key, event_type, state, reference,"
            " body_sha256, received_at) SELECT 'another', 'evt_1', 'charge.succeeded', 'applied',"
            " id::text, sha256(''), sent_at FROM attempt LIMIT 1"
        ),
    ),
    "I-80": (_ERASED,),
    "I-80 email": (
        "ALTER TABLE customer DROP CONSTRAINT customer_erased",
        (
            "UPDATE customer SET email_sealed = 'sealed', email_hash = sha256('')"
            " WHERE erased_at IS NOT NULL"
        ),
    ),
    "I-80 token": (
        (
            "UPDATE attempt AS a SET psp_token = 'tok_1' FROM payment AS p JOIN customer AS c"
            " ON c.id = p.customer_id WHERE p.id = a.payment_id AND c.erased_at IS NOT NULL"
        ),
    ),
    "I-80 note": (
        (
            'UPDATE subscription AS s SET metadata = \'{"name": "Alva"}\' FROM customer AS c'
            " WHERE c.id = s.customer_id AND c.erased_at IS NOT NULL"
        ),
    ),
    "I-81": ("DELETE FROM customer_key",),
    "I-81 not told": ("DELETE FROM event WHERE kind = 'customer.erased'",),
    "I-82": ("UPDATE idempotency_key SET created_at = now() - interval '32 days'",),
    "I-82 body": (told("'{}'", "i.instant - interval '92 days'"),),
    "I-83": (told("""'{"card": "4111111111111111"}'""", "i.instant"),),
    "I-83 number": (told("""'{"card": 378282246310005}'""", "i.instant"),),
    "I-83 e-mail": (told("""'{"payer": "alva@example.org"}'""", "i.instant"),),
    "I-84": (
        (
            "UPDATE idempotency_key SET state = 'finished', status = 200, body = 'sealed',"
            " customer_id = (SELECT id FROM customer WHERE erased_at IS NOT NULL)"
        ),
    ),
    "I-84 told": (
        told("'{}'", "i.instant"),
        (
            "UPDATE psp_event SET reference = (SELECT a.id::text FROM attempt AS a JOIN payment AS"
            " p ON p.id = a.payment_id JOIN customer AS c ON c.id = p.customer_id"
            " WHERE c.erased_at IS NOT NULL LIMIT 1)"
        ),
    ),
    "I-79": ("UPDATE invoice SET issued_at = issued_at - interval '2 days'",),
    "I-85": ("DELETE FROM document_body WHERE kind = 'receipt'",),
    "I-85 unnumbered": ("UPDATE document_body SET series_id = gen_random_uuid()",),
    "I-85 key": ("DELETE FROM retention_key",),
    "I-85 kind": ("UPDATE document_body SET kind = 'receipt' WHERE kind = 'credit_note'",),
    "I-86": ("UPDATE document_number SET display = display || '0' WHERE position = 2",),
    "I-86 body": ("UPDATE document_number SET body_hash = hash WHERE position = 2",),
    "I-87": ("DELETE FROM catalog_part WHERE kind = 'plan'",),
    "I-87 seller": ("DELETE FROM catalog_part WHERE kind = 'seller'",),
    "I-88": (
        (
            "INSERT INTO einvoice_check SELECT bucket, document_id, 'waiting', '[]', 0, NULL"
            " FROM document_body WHERE kind = 'receipt' LIMIT 1"
        ),
    ),
    "I-88 invalid": (
        (
            "INSERT INTO einvoice_check SELECT bucket, document_id, 'invalid', '[]', 1, now()"
            " FROM document_body WHERE kind = 'credit_note' LIMIT 1"
        ),
    ),
    "I-89": (
        (
            "INSERT INTO numbering_queue SELECT bucket, document_id, series_id,"
            " stamped_at - interval '1 year' FROM document_number LIMIT 1"
        ),
    ),
    "I-90": (
        ("ALTER TABLE payment DROP CONSTRAINT payment_settled, DROP CONSTRAINT payment_transition"),
        (
            "UPDATE payment SET state = 'processing', next_try_at = created_at,"
            " payment_method_id = gen_random_uuid() WHERE state = 'succeeded'"
        ),
    ),
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
    "R-13": (
        (
            "UPDATE invoice_line SET tax_minor = tax_minor + 1, net_minor = net_minor - 1"
            " WHERE net_minor > 0"
        ),
    ),
    "R-13 mode": ("UPDATE market SET rounding_mode = 'up'",),
    "R-13 target": (
        "UPDATE market SET rounding_mode = 'down'",
        "UPDATE market SET rounding_target = 'net'",
    ),
    "R-13 components": (
        "UPDATE tax_rate SET components = '[[\"a\", 1]]'",
        "UPDATE market SET rounding_components = 'equal'",
    ),
}
