"""Laws that every table keeps, as queries whose rows are breaches, and what a schema holds."""

from collections.abc import Mapping
from typing import Final, LiteralString

import psycopg

SHARED_TABLES: Final = frozenset(
    {
        "account", "add_on_rule", "amount_limit", "api_key", "audit_entry", "bill_run",
        "billing_pause", "bulk_job", "bulk_row",
        "catalog_part", "catalog_release", "collection_policy", "coupon", "dataset_close",
        "dataset_headline", "dataset_interval", "dataset_lease",
        "dataset_release", "dataset_retired_interval", "dataset_retired_release", "dataset_run",
        "dispute_policy",
        "document_number", "environment",
        "global_key", "lease", "ledger_period", "network_limit",
        "market", "market_text", "migration", "model_belief", "model_fault", "model_feature",
        "model_switch",
        "model_tally", "number_series", "payout", "payout_step", "person", "person_identity",
        "person_password", "person_session", "plan", "plan_phase", "price",
        "product", "psp_account", "psp_event", "retention_key", "retry_model", "router_cursor",
        "router_delta", "router_share", "router_snapshot", "routing_policy", "sandbox_instruction",
        "saved_filter", "scheme_rule", "seller",
        "series_template", "settlement_file", "settlement_line", "settlement_step",
        "settlement_total", "sign_in_count", "sign_in_link", "sign_in_state", "tax_rate",
        "transition",
    }
)  # fmt: skip
"""Tables that belong to no customer: the platform's own, which are not split by bucket."""

QUEUES: Final = frozenset(
    {
        "attempt_resolving", "card_notice_due", "event_unrelayed", "mail_due_at",
        "mandate_looking",
        "numbering_queue_pk", "payment_due", "payment_notice_due", "payment_setup_resolving",
        "pending_change_lapsing", "refund_resolving", "renewal_notice_due", "subscription_due",
        "subscription_foretold",
    }
)  # fmt: skip
"""Indexes that work is claimed by, a range of buckets at a time."""

RENEWED: Final = frozenset(
    {
        "cover", "decision", "document_body", "document_number", "event", "invoice",
        "invoice_line", "mail", "numbering_queue", "payment", "receipt", "transfer",
    }
)  # fmt: skip
"""Tables that get rows with every renewal: their keys must not scatter over all of history."""

FEW: Final = (
    "catalog_part", "catalog_release", "collection_policy", "dataset_close", "dataset_interval",
    "dataset_release", "dataset_retired_interval", "dataset_retired_release", "dataset_run",
    "market_text", "model_switch", "price", "retention_key", "retry_model", "routing_policy",
)  # fmt: skip
"""Tables that are only added to and stay small: what extracts them reads them whole."""

_LASTING: Final = ("customer_id", "subscription_id", "item_id", "payment_method_id")
"""What stays the same for years: first in a key, it scatters a day's rows over the whole index."""

LAWS: Final[Mapping[str, LiteralString]] = {
    "a table is split by bucket or on the short list": """
        SELECT c.relname
          FROM pg_class AS c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
           AND (NOT c.relname = ANY (%(shared)s)) <> EXISTS (
               SELECT FROM pg_attribute AS a
                WHERE a.attrelid = c.oid AND a.attname = 'bucket' AND a.attnotnull
                  AND a.atttypid = 'smallint'::regtype
                  AND c.relname NOT IN ('document_number', 'global_key'))
        """,
    "every table has a primary key": """
        SELECT c.relname
          FROM pg_class AS c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
           AND NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary)
        """,
    "a key of a split table contains the bucket": """
        SELECT x.relname
          FROM pg_index AS i
          JOIN pg_class AS c ON c.oid = i.indrelid
          JOIN pg_class AS x ON x.oid = i.indexrelid
         WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique
           AND NOT c.relname = ANY (%(shared)s)
           AND NOT EXISTS (
               SELECT FROM pg_attribute AS a
                WHERE a.attrelid = c.oid AND a.attname = 'bucket'
                  AND a.attnum = ANY (i.indkey::smallint[]))
        """,
    "only a queue begins with the bucket, and a queue does": """
        SELECT x.relname
          FROM pg_index AS i
          JOIN pg_class AS c ON c.oid = i.indrelid
          JOIN pg_class AS x ON x.oid = i.indexrelid
          LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
         WHERE c.relnamespace = 'public'::regnamespace
           AND (coalesce(a.attname, '') = 'bucket') <> (x.relname = ANY (%(queues)s))
        """,
    "a key of what every renewal adds to does not begin with what lasts": """
        SELECT x.relname
          FROM pg_index AS i
          JOIN pg_class AS c ON c.oid = i.indrelid
          JOIN pg_class AS x ON x.oid = i.indexrelid
          JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
         WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY (%(renewed)s)
           AND a.attname = ANY (%(lasting)s)
        """,
    "a reference to a split table pairs bucket with bucket": """
        SELECT k.conname
          FROM pg_constraint AS k
          JOIN pg_class AS t ON t.oid = k.confrelid
         WHERE k.connamespace = 'public'::regnamespace AND k.contype = 'f'
           AND NOT t.relname = ANY (%(shared)s)
           AND NOT EXISTS (
               SELECT FROM unnest(k.conkey, k.confkey) AS p (ours, theirs)
                 JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = p.ours
                 JOIN pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = p.theirs
                WHERE a.attname = 'bucket' AND b.attname = 'bucket')
        """,
    "what is only added to carries a fence, what is updated none": """
        SELECT c.relname
          FROM pg_class AS c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
           AND (c.relname = 'event' OR (NOT c.relname = ANY (%(few)s) AND EXISTS (
                SELECT FROM pg_trigger AS t
                 WHERE t.tgrelid = c.oid AND t.tgname = c.relname || '_append_only')))
               <> EXISTS (
               SELECT FROM pg_attribute AS a
                 JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                 JOIN pg_index AS i ON i.indrelid = a.attrelid AND i.indkey[0] = a.attnum
                 JOIN pg_class AS x ON x.oid = i.indexrelid
                 JOIN pg_am AS m ON m.oid = x.relam AND m.amname = 'brin'
                WHERE a.attrelid = c.oid AND a.attname = 'fence' AND a.attnotnull
                  AND a.atttypid = 'bigint'::regtype
                  AND pg_get_expr(d.adbin, d.adrelid)
                      = '((pg_current_xact_id())::text)::bigint')
        """,
    "times know their zone and nothing is inexact": """
        SELECT c.relname || '.' || a.attname
          FROM pg_attribute AS a
          JOIN pg_class AS c ON c.oid = a.attrelid
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
           AND a.attnum > 0 AND NOT a.attisdropped
           AND format_type(a.atttypid, NULL) IN (
               'timestamp without time zone', 'time without time zone', 'time with time zone',
               'real', 'double precision', 'numeric', 'money')
        """,
    "ids are made by the code": """
        SELECT c.relname
          FROM pg_class AS c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S'
         UNION ALL
        SELECT c.relname || '.' || a.attname
          FROM pg_attribute AS a
          JOIN pg_class AS c ON c.oid = a.attrelid
         WHERE c.relnamespace = 'public'::regnamespace AND a.attidentity <> ''
        """,
    "an amount is a bigint of minor units beside its currency": """
        SELECT c.relname || '.' || a.attname
          FROM pg_attribute AS a
          JOIN pg_class AS c ON c.oid = a.attrelid
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
           -- what is part of a row that has it has none
           AND c.relname NOT IN ('allocation', 'refund_line', 'refund_withheld', 'refund_draw',
                                 'dispute_fact', 'dispute_draw', 'payout_step',
                                 'collection_policy')
           AND a.attnum > 0 AND a.attname LIKE '%%\\_minor'
           AND (a.atttypid <> 'bigint'::regtype OR NOT EXISTS (
               SELECT FROM pg_attribute AS m
                WHERE m.attrelid = c.oid AND m.attname = 'currency'
                  AND m.atttypid = 'text'::regtype))
        """,
    "an amount says its unit": """
        SELECT c.relname || '.' || a.attname
          FROM pg_attribute AS a
          JOIN pg_class AS c ON c.oid = a.attrelid
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
           AND a.attnum > 0
           AND a.attname ~ '^(amount|balance|net|tax|gross|total|price|fee)$'
        """,
    "a constraint is named by hand, after its table": """
        SELECT k.conname
          FROM pg_constraint AS k
          JOIN pg_class AS c ON c.oid = k.conrelid
         WHERE k.connamespace = 'public'::regnamespace AND k.contype <> 'n'
           AND (k.conname ~ '_(pkey|key|fkey|check|excl)[0-9]*$'
                OR NOT starts_with(k.conname, c.relname || '_'))
        """,
    "a state that moves keeps its last step": """
        SELECT c.relname
          FROM pg_class AS c
          JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'state_before'
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
           AND NOT EXISTS (
               SELECT FROM pg_constraint AS k
                WHERE k.conrelid = c.oid AND k.conname = c.relname || '_transition')
        """,
}
"""Each law with the query that finds what breaks it."""

_CATALOGS: Final[Mapping[str, LiteralString]] = {
    "column": """
        SELECT c.relname || '.' || a.attname,
               concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull,
                         pg_get_expr(d.adbin, d.adrelid))
          FROM pg_attribute AS a
          JOIN pg_class AS c ON c.oid = a.attrelid
          LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
           AND a.attnum > 0 AND NOT a.attisdropped
        """,
    "table": """
        SELECT relname, concat_ws(' ', relpersistence, reloptions::text, obj_description(oid))
          FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S', 'v', 'm')
        """,
    "constraint": """
        SELECT conname, pg_get_constraintdef(oid, true)
          FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace AND contype NOT IN ('n', 't')
        """,
    "index": """
        SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
        """,
    "trigger": """
        SELECT tgname, pg_get_triggerdef(oid, true) FROM pg_trigger WHERE NOT tgisinternal
        """,
    "function": """
        SELECT proname, pg_get_functiondef(oid)
          FROM pg_proc
         WHERE pronamespace = 'public'::regnamespace
        """,
}


def breaches(connection: psycopg.Connection) -> list[str]:
    """List what breaks a law, with the law."""
    lists = {
        "shared": sorted(SHARED_TABLES), "queues": sorted(QUEUES), "renewed": sorted(RENEWED),
        "lasting": list(_LASTING),
        "few": list(FEW),
    }  # fmt: skip
    return [
        f"{law}: {name}"
        for law, query in LAWS.items()
        for (name,) in connection.execute(query, lists).fetchall()
    ]


def catalog(connection: psycopg.Connection) -> dict[str, str]:
    """Describe every object of a schema in words that do not depend on the server's version."""
    return {
        f"{kind} {name}": definition
        for kind, query in _CATALOGS.items()
        for name, definition in connection.execute(query).fetchall()
    }
