"""Laws that every table keeps, as queries whose rows are breaches, and what a schema holds."""

from collections.abc import Mapping
from typing import Final, LiteralString

import psycopg

SHARED_TABLES: Final = frozenset(
    {
        "account", "api_key", "bill_run", "coupon", "document_number", "environment", "global_key",
        "lease", "market", "migration", "number_series", "plan", "price", "product", "psp_account",
        "psp_event", "seller", "series_template", "tax_rate", "transition",
    }
)  # fmt: skip
"""Tables that belong to no customer: the platform's own, which are not split by bucket."""

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
    "a key of a split table begins with the bucket": """
        SELECT x.relname
          FROM pg_index AS i
          JOIN pg_class AS c ON c.oid = i.indrelid
          JOIN pg_class AS x ON x.oid = i.indexrelid
          LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
         WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique
           AND NOT c.relname = ANY (%(shared)s) AND a.attname IS DISTINCT FROM 'bucket'
        """,
    "a reference to a split table begins with the bucket on both sides": """
        SELECT k.conname
          FROM pg_constraint AS k
          JOIN pg_class AS t ON t.oid = k.confrelid
          JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
          JOIN pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
         WHERE k.connamespace = 'public'::regnamespace AND k.contype = 'f'
           AND NOT t.relname = ANY (%(shared)s)
           AND (a.attname <> 'bucket' OR b.attname <> 'bucket')
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
    shared = {"shared": sorted(SHARED_TABLES)}
    return [
        f"{law}: {name}"
        for law, query in LAWS.items()
        for (name,) in connection.execute(query, shared).fetchall()
    ]


def catalog(connection: psycopg.Connection) -> dict[str, str]:
    """Describe every object of a schema in words that do not depend on the server's version."""
    return {
        f"{kind} {name}": definition
        for kind, query in _CATALOGS.items()
        for name, definition in connection.execute(query).fetchall()
    }
