"""Years of invoice lines and what belongs to them, as the files that an export would have left.

Two years of customers of five markets: each month some begin and some leave, one renewal in twelve
is refused at first, one line in a hundred is credited. Ids begin with their day, as ours do, and
rows come in the order in which they were written. Files are kept for the next run.
"""

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

MONTHS: Final = 24
_A_CUSTOMER: Final = 17.35  # lines, on average
_SHAPES: Final = """
CREATE MACRO dashed(h) AS concat_ws(
    '-', h[1:8], h[9:12], '7' || h[14:16], '8' || h[18:20], h[21:32]);
CREATE MACRO name_of(kind, id, day) AS dashed(
    format('{:012x}', epoch_ms(day) + id % 86400000) || md5(kind || id)[13:32]);
CREATE MACRO day_of(k, n) AS make_date(2024 + (k // 12)::INT, (k % 12 + 1)::INT, (1 + n % 28)::INT);
CREATE MACRO first_of(day) AS date_trunc('month', day)::DATE;
CREATE TABLE customer AS
SELECT n, n % 12 AS since,
       CASE WHEN n % 10 = 0 THEN n % 12 + 3 + n % 9 ELSE 24 END AS until,
       name_of('c', n, day_of(n % 12, n)) AS customer_id,
       name_of('s', n, day_of(n % 12, n)) AS subscription_id,
       'aster' AS seller_code, ['DE', 'FR', 'SE', 'PL', 'JP'][n % 5 + 1] AS market_code,
       ['EUR', 'EUR', 'SEK', 'PLN', 'JPY'][n % 5 + 1] AS currency,
       ['individual', 'family', 'student'][n % 3 + 1] || '_monthly' AS plan_code,
       900 + 7 * (n % 100) AS net_minor
  FROM range(CAST($customers AS BIGINT)) AS t (n);
CREATE TABLE line AS
SELECT c.*, k, n * 24 + k AS id, name_of('i', n * 24 + k, day_of(k, n)) AS invoice_id,
       day_of(k, n) AS on_day, net_minor * 19 // 100 AS tax_minor, k = since AS is_first,
       NOT k = since AND (n * 7 + k) % 12 = 0 AS is_refused
  FROM customer AS c, range(since, until) AS t (k) ORDER BY on_day;
CREATE TABLE try AS
SELECT l.*, no, name_of('a', id * 2 + no, on_day + (no * 3)::INT) AS attempt_id,
       name_of('p', id, on_day) AS payment_id, on_day + (no * 3)::INT AS sent_on,
       no = 1 OR NOT is_refused AS is_ok
  FROM line AS l, range(CASE WHEN is_refused THEN 2 ELSE 1 END) AS t (no) ORDER BY sent_on;
"""
SOURCES: Final = {
    "invoice": """
        SELECT invoice_id, customer_id, subscription_id, seller_code, market_code, currency,
               CASE WHEN is_first THEN 'purchase' ELSE 'renewal' END AS cause,
               net_minor + tax_minor AS total_minor, on_day AS issued_on, on_day + 14 AS due_on,
               on_day AS issued_utc_on
          FROM line""",
    "invoice_paid": """
        SELECT name_of('e', id, on_day) AS event_id, invoice_id, on_day AS paid_utc_on,
               date_trunc('month', on_day)::DATE AS issued_month
          FROM line
         WHERE id % 100 > 1""",
    "invoice_line": """
        SELECT invoice_id || ':1' AS line_id, invoice_id, plan_code, 'period' AS kind,
               'base' AS component, currency, on_day AS service_start,
               (on_day + INTERVAL 1 MONTH)::DATE AS service_end, net_minor, tax_minor,
               net_minor + tax_minor AS gross_minor, 'digital' AS tax_category,
               190000 AS tax_rate_ppm
          FROM line""",
    "line_credit": """
        SELECT name_of('n', id, on_day + 10) || ':' || invoice_id || ':1:1' AS line_id,
               invoice_id || ':1' AS root_line_id,
               name_of('n', id, on_day + 10) AS credit_note_id, customer_id,
               subscription_id, seller_code, market_code, 'withdrawal' AS reason, plan_code,
               currency, on_day + 10 AS credit_start,
               (on_day + INTERVAL 1 MONTH)::DATE AS credit_end, on_day + 10 AS earn_start,
               net_minor // 2 AS net_minor, tax_minor // 2 AS tax_minor,
               net_minor // 2 + tax_minor // 2 AS gross_minor, net_minor // 2 AS deferred_minor,
               'digital' AS tax_category, 190000 AS tax_rate_ppm, on_day + 10 AS booked_on,
               on_day + 10 AS issued_utc_on, on_day AS root_issued_on
          FROM line WHERE id % 100 = 50""",
    "allocation": """
        SELECT invoice_id || ':1' AS allocation_id, invoice_id, 'payment' AS source_kind,
               net_minor + tax_minor AS applied_minor, on_day AS effective_on
          FROM line WHERE id % 100 > 1""",
    "recognition": """
        SELECT name_of('r', k, day_of(k, 0)) AS source_id, 'aster' AS seller_code,
               'EUR' AS currency, 'individual_monthly' AS category, day_of(k, 0) AS earned_month
          FROM range(24) AS t (k)""",
    "transfer": """
        SELECT source_id || ':' || purpose || ':1' AS transfer_id, source_id, purpose, seller_code,
               currency, amount_minor, debit_code, credit_code, plan_code AS part_code,
               booked_on, first_of(booked_on) AS booked_month
          FROM (SELECT *, invoice_id AS source_id, 'issue_net' AS purpose,
                       net_minor AS amount_minor, 'receivable' AS debit_code,
                       'deferred_revenue' AS credit_code, on_day AS booked_on FROM line
                UNION ALL BY NAME
                SELECT *, invoice_id AS source_id, 'issue_tax' AS purpose,
                       tax_minor AS amount_minor, 'receivable' AS debit_code,
                       'tax_payable' AS credit_code, on_day AS booked_on FROM line
                UNION ALL BY NAME
                SELECT *, name_of('z', id, on_day) AS source_id, 'allocate' AS purpose,
                       net_minor + tax_minor AS amount_minor, 'psp_clearing' AS debit_code,
                       'receivable' AS credit_code, on_day AS booked_on FROM line
                 WHERE id % 100 > 1
                UNION ALL BY NAME
                SELECT *, name_of('n', id, on_day + 10) AS source_id, 'credit_net' AS purpose,
                       net_minor // 2 AS amount_minor, 'deferred_revenue' AS debit_code,
                       'customer_credit' AS credit_code, on_day + 10 AS booked_on FROM line
                 WHERE id % 100 = 50)""",
    "attempt_sent": """
        SELECT attempt_id, payment_id, customer_id, subscription_id, seller_code, market_code,
               CASE WHEN is_first THEN 'purchase' ELSE 'renewal' END AS cause,
               'invoice' AS purpose, currency, net_minor + tax_minor AS amount_minor,
               'account_' || n % 4 AS psp_account,
               CASE WHEN is_first THEN 'customer' ELSE 'merchant' END AS initiator,
               no + 1 AS ordinal_num, sent_on, first_of(sent_on) AS sent_month,
               first_of(on_day) AS begun_month, '1:cheapest' AS arm, 950000 AS propensity_ppm
          FROM try""",
    "attempt_end": """
        SELECT attempt_id, CASE WHEN is_ok THEN 'succeeded' ELSE 'declined' END AS outcome,
               'answer' AS evidence_kind,
               CASE WHEN is_ok THEN NULL ELSE 'insufficient_funds' END AS category,
               false AS is_left_by_payer,
               CASE WHEN is_ok THEN net_minor + tax_minor ELSE 0 END AS captured_minor,
               sent_on AS ended_on, first_of(sent_on) AS sent_month,
               first_of(on_day) AS begun_month
          FROM try WHERE id % 1000 > 0""",
    "retry_plan": """
        SELECT payment_id || ':1' AS plan_id, payment_id, 1 AS revision_num, attempt_id,
               market_code, 1 AS policy_version_num, 1 AS tries_count, 4 AS tries_max_count,
               'insufficient_funds' AS category, 'later' AS advice, '' AS network_advice,
               'machine' AS track, 'cancel' AS end_policy, sent_on AS began_on,
               sent_on + 28 AS ends_on, sent_on AS planned_on, first_of(on_day) AS begun_month
          FROM try WHERE is_refused AND no = 0""",
    "decision_candidate": """
        SELECT attempt_id || kind || ':' || c AS candidate_id, attempt_id || kind AS decision_id,
               kind, attempt_id, payment_id, 'cheapest' AS rule, 1 AS policy_version_num,
               c AS candidate_num,
               CASE WHEN kind = 'route' THEN 'account_' || (n + c) % 4 END AS psp_account,
               CASE WHEN kind = 'retry' THEN sent_on + c::INT END AS try_on,
               CASE WHEN kind = 'retry' THEN 9 END AS try_hour_num,
               CASE WHEN kind = 'retry' THEN sent_on + c::INT END AS try_local_on,
               CASE WHEN kind = 'retry' THEN 10 END AS try_local_hour_num,
               'visa' AS network, 9 AS decided_hour_num,
               CASE WHEN c = 1 THEN 950000 ELSE 50000 END AS propensity_ppm, '' AS reason,
               c = 1 AS is_chosen, 'domestic visa credit' AS segment,
               CASE WHEN kind = 'route' THEN 500000 END AS rules_ppm,
               CASE WHEN kind = 'route' THEN 500000 END AS learned_ppm,
               CASE WHEN kind = 'route' THEN 95 END AS learned_percent_num,
               CASE WHEN kind = 'route' THEN 2500 END AS believed_milli_num,
               sent_on AS decided_on, first_of(sent_on) AS sent_month,
               first_of(on_day) AS begun_month
          FROM (SELECT *, 'route' AS kind FROM try
                UNION ALL SELECT *, 'retry' AS kind FROM try WHERE is_refused AND no = 0),
               range(1, 3) AS t (c)""",
    "subscription_version": """
        SELECT subscription_id, 'base' AS component, on_day AS valid_start, valid_end,
               first_of(on_day) AS start_month, customer_id, seller_code, market_code, currency,
               plan_code, 1 AS quantity_count, 'month' AS cadence_unit, 1 AS cadence_count,
               status, mrr_e4 // 10000 AS net_minor, mrr_e4, reason, false AS is_late
          FROM (SELECT *, day_of(since, n) AS on_day,
                       CASE WHEN until < 24 THEN day_of(until, n) END AS valid_end,
                       'active' AS status, net_minor * 10000 AS mrr_e4, 'start' AS reason
                  FROM customer
                UNION ALL BY NAME
                SELECT *, day_of(until, n) AS on_day, NULL::DATE AS valid_end, 'ended' AS status,
                       0 AS mrr_e4, 'end_voluntary' AS reason
                  FROM customer WHERE until < 24)""",
}
"""A source, or the fact that is folded from logs, by its name; what is not named has no rows."""


_TYPES: Final = {"string": "VARCHAR", "int64": "BIGINT", "date32[day]": "DATE", "bool": "BOOLEAN"}


def make_lines(folder: Path, schemas: Mapping[str, pa.Schema], *, lines: int) -> dict[str, Path]:
    """Return files of about so many invoice lines by name, which ``folder`` keeps once made.

    ``schemas`` are the columns of each.
    """
    text = f"{_A_CUSTOMER} {_SHAPES} {SOURCES} {[(one, str(schemas[one])) for one in SOURCES]}"
    made = folder / f"lines-{lines}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    if not made.exists():
        unfinished = made.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        _make(unfinished, schemas, lines=lines)
        unfinished.rename(made)
    return {name: made / f"{name}.parquet" for name in SOURCES}


def _make(folder: Path, schemas: Mapping[str, pa.Schema], *, lines: int) -> None:
    with duckdb.connect(str(folder / "lines.duckdb")) as connection:
        connection.execute("SET memory_limit = '2GB'")
        connection.execute("SET preserve_insertion_order = false")
        for statement in _SHAPES.split(";\n"):
            given = {"customers": int(lines / _A_CUSTOMER)} if "$customers" in statement else None
            connection.execute(statement, given)
        for name, rows in SOURCES.items():
            typed = ", ".join(
                f"CAST({one.name} AS {_TYPES[str(one.type)]}) AS {one.name}"
                for one in schemas[name]
            )
            path = folder / f"{name}.parquet"
            query = f"SELECT {typed} FROM ({rows})"
            connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    (folder / "lines.duckdb").unlink()
