"""Years of paid history, made in the server: what a platform has that is in use.

Every subscription is monthly and has ``MONTHS`` paid renewals behind it unless asked otherwise,
laid down day by day in the order in which billing runs would have. Attempts and their evidence are
left out: no renewal and no list reads them. The statements that know the columns of tables are
``PEOPLE`` (who subscribes) and ``PAST`` (what each renewal left); whoever changes a table changes
its one statement there.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any, Final
from uuid import UUID

import psycopg

from bench.stage import Stage, complete
from ledgerline.base.ids import BUCKETS
from ledgerline.invoicing.rules.numbering import series_id

DAY: Final = date(2026, 6, 15)
"""The day that is billed next; what was due before it is billed and paid."""
MONTHS: Final = 12
SAME_DAY_PERCENT: Final = 70  # billed on the day of the month on which they came
SIGNUP_DAYS: Final = 380  # over which they came, before their history begins

_SHAPES: Final = """
DROP SCHEMA IF EXISTS bench CASCADE;
CREATE SCHEMA bench;
CREATE FUNCTION bench.id7(at timestamptz, bucket integer, kind text, n bigint) RETURNS uuid
    LANGUAGE sql IMMUTABLE RETURN (
    lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
    || lpad(to_hex(bucket), 3, '0') || '8' || substr(md5(kind || n), 1, 15))::uuid;
CREATE FUNCTION bench.chance(n bigint, stream bigint, below integer) RETURNS integer
    LANGUAGE sql IMMUTABLE RETURN abs(hashint8extended(n, stream) % below)::integer;
"""

# One row a subscriber: when they came, on which day of the month they are billed, and next when.
_PERSON: Final = """
CREATE UNLOGGED TABLE bench.person AS
SELECT p.n, p.bucket, p.came_on, p.came_at, p.grid_day, d.next_on,
       bench.id7(p.came_at, p.bucket, 'customer', p.n) AS customer_id,
       bench.id7(p.came_at, p.bucket, 'method', p.n) AS method_id,
       bench.id7(p.came_at, p.bucket, 'subscription', p.n) AS subscription_id
  FROM (SELECT g.n, ((g.n % %(buckets)s) * (%(all_buckets)s / %(buckets)s))::integer AS bucket,
               c.came_on, c.came_on + interval '12 hours' AS came_at,
               CASE WHEN bench.chance(g.n, 2, 100) < %(same_day)s
                    THEN least(extract(day FROM c.came_on), 28)::integer
                    ELSE 1 + bench.chance(g.n, 3, 28) END AS grid_day
          FROM generate_series(0, %(people)s - 1) AS g (n)
         CROSS JOIN LATERAL (
               SELECT (%(day)s::date - make_interval(months => %(months)s + 1)
                       - make_interval(days => bench.chance(g.n, 1, %(signup_days)s)))::date
                      AS came_on) AS c) AS p
 CROSS JOIN LATERAL (
       SELECT min(m.day) AS next_on
         FROM (VALUES (date_trunc('month', %(day)s::date)), (date_trunc('month', %(day)s::date)
              + interval '1 month')) AS f (first)
        CROSS JOIN LATERAL (
              SELECT (f.first + make_interval(days => p.grid_day - 1))::date) AS m (day)
        WHERE m.day >= %(day)s) AS d
 ORDER BY p.came_at, p.bucket, p.n
"""

# One row a renewal that was billed and paid, in the order of billing runs.
_RENEWED: Final = """
CREATE UNLOGGED TABLE bench.renewed AS
SELECT p.*, r.period_start, r.period_end, r.issued_at,
       row_number() OVER (PARTITION BY extract(year FROM r.period_start)
                          ORDER BY r.period_start, p.bucket, p.n) AS position,
       bench.id7(r.issued_at, p.bucket, 'invoice' || r.k, p.n) AS invoice_id,
       bench.id7(r.issued_at, p.bucket, 'payment' || r.k, p.n) AS payment_id,
       bench.id7(r.issued_at, p.bucket, 'attempt' || r.k, p.n) AS attempt_id,
       bench.id7(r.issued_at + interval '1 hour', p.bucket, 'receipt' || r.k, p.n) AS receipt_id
  FROM bench.person AS p
 CROSS JOIN LATERAL (
       SELECT k, (p.next_on - make_interval(months => k))::date AS period_start,
              (p.next_on - make_interval(months => k - 1))::date AS period_end,
              (p.next_on - make_interval(months => k))::date + interval '2 hours' AS issued_at
         FROM generate_series(1, %(months)s) AS g (k)) AS r
 ORDER BY r.period_start, p.bucket, p.n
"""

PEOPLE: Final[dict[str, str]] = {
    "customer": """
        INSERT INTO customer (bucket, id, market_code, zone, locale, version, created_at)
        SELECT bucket, customer_id, 'DE', 'Europe/Berlin', 'de', 1, came_at FROM bench.person
        """,
    "payment_method": """
        INSERT INTO payment_method (bucket, id, customer_id, brand, last4, version, created_at)
        SELECT bucket, method_id, customer_id, 'visa', '4242', 1, came_at FROM bench.person
        """,
    "subscription": """
        INSERT INTO subscription (
               bucket, id, customer_id, seller_code, market_code, currency, zone, family, state,
               state_before, state_event, grid_origin,
               grid_day, cadence_count, cadence_unit, billed_through, next_bill_at,
               payment_method_id, customer_version, item_seq, log_seq, event_seq, version,
               created_at)
        SELECT bucket, subscription_id, customer_id, %(seller)s, 'DE', 'EUR', 'Europe/Berlin',
               'music', 'active', 'incomplete', 'activated',
               (date_trunc('month', came_on) + make_interval(days => grid_day - 1))::date,
               grid_day, 1, 'month', next_on, next_on::timestamp AT TIME ZONE 'Europe/Berlin',
               method_id, 1, 1, 2, 2, 1, came_at
          FROM bench.person
        """,
    "subscription_item": """
        INSERT INTO subscription_item (
               bucket, subscription_id, no, component, plan_code, phase_no, price_id, quantity,
               starts_on, ends_on)
        SELECT bucket, subscription_id, 1, 'base', 'individual_monthly', %(phase_no)s,
               %(price_id)s::uuid, 1, came_on, NULL
          FROM bench.person
        """,
}

PAST: Final[dict[str, str]] = {
    "invoice": """
        INSERT INTO invoice (
               bucket, id, customer_id, customer_version, subscription_id, seller_code, market_code,
               currency, cause, state, state_before, state_event, net_minor, tax_minor, total_minor,
               due_on, credited_minor, issued_on, issued_at, series_id, release_no, paid_at,
               event_seq)
        SELECT bucket, invoice_id, customer_id, 1, subscription_id, %(seller)s, 'DE', 'EUR',
               'renewal', 'paid', 'open', 'settled', 924, 175, 1099, period_start, 0, period_start,
               issued_at, s.invoice, 1, issued_at + interval '1 hour', 2
          FROM bench.renewed JOIN bench.series AS s ON s.year = extract(year FROM period_start)
        """,
    "invoice_line": """
        INSERT INTO invoice_line (
               bucket, subscription_id, item_no, component, period_start, kind, invoice_id,
               line_no, period_end, grid_start, grid_end, plan_code, price_id, quantity, unit_num,
               unit_den, grid_minor, discount_minor, net_minor, tax_minor, gross_minor, currency,
               tax_category, tax_rate_ppm, tax_behavior)
        SELECT bucket, subscription_id, 1, 'base', period_start, 'recurring', invoice_id, 1,
               period_end, period_start, period_end, 'individual_monthly', %(price_id)s::uuid, 1,
               1099, 1, 1099, 0, 924, 175, 1099, 'EUR', 'digital_services', 190000, 'inclusive'
          FROM bench.renewed
        """,
    "allocation": """
        INSERT INTO allocation (
               bucket, invoice_id, no, source_kind, source_id, amount_minor, effective_on)
        SELECT bucket, invoice_id, 1, 'payment', payment_id, 1099, period_start FROM bench.renewed
        """,
    "transfer": """
        INSERT INTO transfer (
               bucket, source_id, purpose, n, seller_code, customer_id, currency, amount_minor,
               debit, credit, dim, booked_on, occurred_at)
        SELECT bucket, t.source_id, t.purpose, 0, %(seller)s, customer_id, 'EUR', t.amount_minor,
               t.debit, t.credit, t.dim, period_start, issued_at
          FROM bench.renewed
         CROSS JOIN LATERAL (VALUES
               (invoice_id, 'issue_net', 924, 'receivable', 'deferred_revenue',
                'individual_monthly'),
               (invoice_id, 'issue_tax', 175, 'receivable', 'tax_payable', 'DE:190000'),
               (attempt_id, 'capture', 1099, 'psp_clearing', 'receivable', 'aster'))
               AS t (source_id, purpose, amount_minor, debit, credit, dim)
        """,
    "payment": """
        INSERT INTO payment (
               bucket, id, invoice_id, purpose, customer_id, subscription_id, payment_method_id,
               seller_code, currency, amount_minor, state, state_before, state_event,
               captured_minor, refunded_minor, refunding_minor, tries, technical_tries,
               own_failures, awaits_payer,
               settled_attempt_id, receipt_id, event_seq, created_at)
        SELECT bucket, payment_id, invoice_id, 'invoice', customer_id, subscription_id, method_id,
               %(seller)s, 'EUR', 1099, 'succeeded', 'processing', 'confirmed', 1099, 0, 0, 1, 0, 0,
               false,
               attempt_id, receipt_id, 1, issued_at
          FROM bench.renewed
        """,
    "receipt": """
        INSERT INTO receipt (
               bucket, id, kind, subject_id, payment_id, invoice_id, customer_id, seller_code,
               currency, amount_minor, issued_on, issued_at, series_id, release_no,
               offset_minor)
        SELECT bucket, receipt_id, 'payment', payment_id, payment_id, invoice_id, customer_id,
               %(seller)s, 'EUR', 1099, period_start, issued_at + interval '1 hour', s.receipt, 1, 0
          FROM bench.renewed JOIN bench.series AS s ON s.year = extract(year FROM period_start)
        """,
    "cover": """
        INSERT INTO cover (
               bucket, subscription_id, component, starts_at, customer_id, family, ends_at,
               paid_until, reason, invoice_id)
        SELECT bucket, subscription_id, 'base', d.starts_at, customer_id, 'music', d.ends_at,
               d.ends_at, 'paid', invoice_id
          FROM bench.renewed
         CROSS JOIN LATERAL (
               SELECT period_start::timestamp AT TIME ZONE 'Europe/Berlin' AS starts_at,
                      period_end::timestamp AT TIME ZONE 'Europe/Berlin' AS ends_at) AS d
        """,
    "event": """
        INSERT INTO event (
               id, bucket, aggregate_id, seq, kind, customer_id, occurred_at, relayed_at)
        SELECT bench.id7(issued_at, bucket, e.kind, n), bucket, e.aggregate_id, e.seq, e.kind,
               customer_id, issued_at, issued_at + interval '1 hour'
          FROM bench.renewed
         CROSS JOIN LATERAL (VALUES
               (invoice_id, 1, 'invoice.issued'), (invoice_id, 2, 'invoice.paid'),
               (payment_id, 1, 'payment.succeeded')) AS e (aggregate_id, seq, kind)
        """,
    "document_number": """
        INSERT INTO document_number (
               series_id, position, document_id, bucket, display, stamped_at, body_hash, hash)
        SELECT d.series_id, position, d.document_id, bucket, d.kind || '-' || position,
               issued_at + interval '2 hours', h.hash, h.hash
          FROM bench.renewed
          JOIN bench.series AS s ON s.year = extract(year FROM period_start)
         CROSS JOIN LATERAL (VALUES
               (s.invoice, invoice_id, 'A'), (s.receipt, receipt_id, 'R'))
               AS d (series_id, document_id, kind)
         CROSS JOIN LATERAL (  -- no chain, for no body: of its size, and as hard to compress
               SELECT sha256(uuid_send(d.document_id)) AS hash) AS h
        """,
    "document_body": """
        INSERT INTO document_body (bucket, document_id, series_id, kind, sealed)
        SELECT bucket, d.document_id, d.series_id, d.kind, b.body
          FROM bench.renewed
          JOIN bench.series AS s ON s.year = extract(year FROM period_start)
         CROSS JOIN LATERAL (VALUES
               (s.invoice, invoice_id, 'simplified_invoice'), (s.receipt, receipt_id, 'receipt'))
               AS d (series_id, document_id, kind)
         CROSS JOIN LATERAL (
               SELECT string_agg(sha256(uuid_send(d.document_id) || n::bytea), '') AS body
                 FROM unnest(ARRAY['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12'])
                      AS n) AS b
        """,
}

STATES: Final[dict[str, str]] = {
    "subscription": """
        UPDATE subscription
           SET state_before = 'active', state_event = n.event, state = n.state,
               ended_at = n.ended_at, next_bill_at = CASE n.n WHEN 1 THEN next_bill_at END
          FROM (SELECT bucket, subscription_id, n % 20 AS n FROM bench.person) AS p
          JOIN (VALUES (0, 'canceled', 'canceled', %(day)s::timestamptz),
                       (1, 'payment_overdue', 'past_due', NULL)) AS n (n, event, state, ended_at)
            ON p.n = n.n
         WHERE subscription.bucket = p.bucket AND id = p.subscription_id
        """,
    "invoice": """
        UPDATE invoice
           SET state_before = n.before, state_event = n.event, state = n.state, paid_at = NULL
          FROM (SELECT bucket, invoice_id, n % 100 AS n FROM bench.renewed
                 WHERE period_end >= %(day)s::date) AS p
          JOIN (VALUES (10, '-', 'created', 'open'), (20, 'open', 'written_off', 'uncollectible'))
               AS n (n, before, event, state) ON p.n = n.n
         WHERE invoice.bucket = p.bucket AND id = p.invoice_id
        """,
    "payment": """
        UPDATE payment
           SET state_before = n.before, state_event = n.event, state = n.state, captured_minor = 0,
               settled_attempt_id = NULL, receipt_id = NULL, tries = 1,
               next_try_at = CASE n.n WHEN 10 THEN %(day)s::date + interval '9 hours'
                             + make_interval(hours => bench.chance(p.place, 5, 500)) END
          FROM (SELECT bucket, payment_id, n % 100 AS n, n AS place FROM bench.renewed
                 WHERE period_end >= %(day)s::date) AS p
          JOIN (VALUES (10, '-', 'created', 'processing'), (20, 'processing', 'given_up', 'failed'))
               AS n (n, before, event, state) ON p.n = n.n
         WHERE payment.bucket = p.bucket AND id = p.payment_id
        """,
    "retry_plan": """
        INSERT INTO retry_plan (
               bucket, payment_id, revision, attempt_id, payment_method_id, market_code,
               policy_version, tries_max, tries, category, advice, slots, track, next_at, ends_at,
               began_at, planned_at, decision_id)
        SELECT bucket, payment_id, 1, attempt_id, method_id, 'DE', 1, 8, 1,
               (ARRAY['insufficient_funds', 'do_not_honor', 'expired_card'])[1 + place % 3],
               'retry', '[]', 'slot', issued_at + interval '21 days',
               issued_at + interval '21 days', issued_at, issued_at, attempt_id
          FROM (SELECT r.*, r.n / 100 AS place FROM bench.renewed AS r
                 WHERE period_end >= %(day)s::date AND n % 100 IN (10, 20)) AS r
        """,
}
"""What is not as usual: of a hundred subscribers five are canceled and five are late; of their
newest invoices one is open and one given up, both after a refusal."""

_HALVES: Final = (
    ("invoice", "allocation", "transfer", "cover", "document_body"),
    ("invoice_line", "payment", "receipt", "event", "document_number"),
)
"""What is filled by one connection after another, beside the other half."""


_MAILS: Final = """
INSERT INTO mail (bucket, id, kind, subject_id, occasion, sequence, customer_id, occurred_at,
                  written_at, actor, state, reason, tries, ended_at, language)
SELECT r.bucket, bench.id7(m.at, r.bucket, 'mail', r.position), 'receipt', r.payment_id, 2, 1,
       r.customer_id, m.at, m.at, 'events', m.state,
       CASE WHEN m.state = 'failed' THEN '450 busy' END, 1, m.at, 'de'
  FROM bench.renewed AS r
 CROSS JOIN LATERAL (
       SELECT r.period_start + interval '12 hours' AS at,
              CASE WHEN r.position % 1000 = 7 THEN 'failed' ELSE 'sent' END AS state) AS m
"""

_LOGS: Final = """
INSERT INTO subscription_event (bucket, subscription_id, seq, kind, effective, entitled_at,
                                recorded_at, actor, command_key, body)
SELECT s.bucket, s.id, e.seq, e.kind, i.starts_on, s.created_at, s.created_at, 'customer', 'bench',
       CASE e.seq WHEN 2 THEN '{}' ELSE jsonb_build_object(
           'first_item', 1,
           'steps', jsonb_build_array(jsonb_build_object(
               'component', i.component, 'plan', i.plan_code, 'phase', i.phase_no,
               'price', i.price_id, 'quantity', i.quantity, 'starts_on', i.starts_on)),
           'clock', jsonb_build_object(
               'origin', s.grid_origin, 'day', s.grid_day, 'count', s.cadence_count,
               'unit', s.cadence_unit, 'billed_through', s.billed_through)) END
  FROM subscription AS s
  JOIN subscription_item AS i ON i.subscription_id = s.id AND i.bucket = s.bucket
 CROSS JOIN (VALUES (1, 'created'), (2, 'activated')) AS e (seq, kind)
"""


async def make_history(
    stage: Stage,
    *,
    people: int,
    buckets: int = BUCKETS,
    months: int = MONTHS,
    with_past: bool = True,
) -> None:
    """Fill an empty stage with subscribers; their renewals before ``DAY`` are billed and paid.

    Without a past the same subscribers are due on the same days and have no rows but their own.
    ``months`` are those that each has paid.
    """
    await stage.reset()
    sold = await stage.sold("individual_monthly", "DE")
    given = {
        "people": people, "buckets": buckets, "all_buckets": BUCKETS, "day": DAY, "months": months,
        "same_day": SAME_DAY_PERCENT, "signup_days": SIGNUP_DAYS, "price_id": sold.price_id,
        "phase_no": sold.phase_no, "seller": sold.seller_code,
    }  # fmt: skip
    _people(stage, given)
    if with_past:
        _past(stage, given)
    stage.analyze()


def vary(stage: Stage) -> None:
    """Put some subscriptions, invoices and payments into states that lists are filtered by."""
    with psycopg.connect(stage.url, autocommit=True) as connection:
        _run(connection, list(STATES.values()), {"day": DAY})
    stage.analyze()


def write_mails_and_logs(stage: Stage) -> None:
    """Let each renewal have its receipt in the mail, and each subscription the log of its start.

    One mail in a thousand was given up.
    """
    with psycopg.connect(stage.url, autocommit=True) as connection:
        _run(connection, [_MAILS, _LOGS], {})
    stage.analyze()


def _people(stage: Stage, given: dict[str, Any]) -> None:
    with psycopg.connect(stage.url, autocommit=True) as connection:
        connection.execute(_SHAPES.encode())
        _run(connection, [_PERSON, PEOPLE["customer"], PEOPLE["payment_method"]], given)
        complete(connection)
        _run(connection, [PEOPLE["subscription"], PEOPLE["subscription_item"]], given)


def _past(stage: Stage, given: dict[str, Any]) -> None:
    with psycopg.connect(stage.url, autocommit=True) as connection:
        _run(connection, [_RENEWED], given)
        _open_series(connection, given["seller"])
        connection.execute("ANALYZE bench.renewed, bench.series")

    def fill(tables: Sequence[str]) -> None:
        with psycopg.connect(stage.url, autocommit=True) as connection:
            _run(connection, [PAST[table] for table in tables], given)

    assert sorted(PAST) == sorted(table for half in _HALVES for table in half)
    with stage.without_full_pages(), ThreadPoolExecutor(len(_HALVES)) as pool:
        list(pool.map(fill, _HALVES))


def _run(connection: psycopg.Connection, queries: Sequence[str], given: dict[str, Any]) -> None:
    """Run statements with literal values, in which the planner sees what it is asked for."""
    cursor = psycopg.ClientCursor(connection)
    for query in queries:
        cursor.execute(query.replace(" % ", " %% ").encode(), given)


def _open_series(connection: psycopg.Connection, seller: str) -> None:
    """Keep the series of each year where the statements find them."""
    connection.execute(
        "CREATE UNLOGGED TABLE bench.series (year integer, invoice uuid, receipt uuid)"
    )
    for year in range(DAY.year - 2, DAY.year + 1):
        invoice, receipt = (_series(seller, kind, year) for kind in ("invoice", "receipt"))
        connection.execute("INSERT INTO bench.series VALUES (%s, %s, %s)", (year, invoice, receipt))


def _series(seller: str, kind: str, year: int) -> UUID:
    return series_id(seller, kind, date(year, 1, 1))
