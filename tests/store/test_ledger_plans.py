"""What a month's trial balance reads: the blocks of that month, not all the books."""

from collections.abc import Iterator
from typing import Any, Final

import psycopg
import pytest

from ledgerline.base.statements import statements

MONTHS: Final = 24
TRANSFERS_A_MONTH: Final = 5_000
FILL: Final = """
INSERT INTO transfer (bucket, source_id, purpose, n, seller_code, currency, amount_minor, debit,
                      credit, booked_on, occurred_at)
SELECT n %% 4096, gen_random_uuid(), 'issue_net', 0, 'acme', 'EUR', 100, 'receivable',
       'deferred_revenue', d.day, d.day
  FROM generate_series(0, %(rows)s - 1) AS g (n)
 CROSS JOIN LATERAL (
       SELECT (DATE '2024-01-01' + make_interval(months => n / %(a_month)s)
               + make_interval(days => n %% 28))::date AS day) AS d
"""


@pytest.fixture(scope="module")
def books(database_url: str) -> Iterator[psycopg.Connection]:
    """Fill the books of two years, in the order in which they are kept."""
    rows = {"rows": MONTHS * TRANSFERS_A_MONTH, "a_month": TRANSFERS_A_MONTH}
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(FILL.encode(), rows)
        connection.execute("VACUUM ANALYZE transfer")
        connection.execute("SET plan_cache_mode = force_custom_plan")
        yield connection


def _scans(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if node.get("Relation Name") == "transfer" or "Index Name" in node:
        yield node
    for inner in node.get("Plans", []):
        yield from _scans(inner)


@pytest.mark.parametrize("module", ["ledgerline.ledger.views", "ledgerline.cli.figures"])
def test_a_months_trial_balance_goes_by_the_date_of_booking(
    module: str, books: psycopg.Connection
) -> None:
    # given the statement as a report plans it
    statement = statements(module)["trial_balance"]
    values = {"at": "'2026-01-01'", "month": "'2025-03-01'"}
    books.execute(b"PREPARE balance AS " + statement.numbered)
    given = ", ".join(values[name] for name in statement.parameters)
    row = books.execute(
        f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE balance ({given})".encode()
    ).fetchone()
    books.execute("DEALLOCATE balance")
    assert row is not None
    # then it goes by the index of the date, and looks at little beside its month
    scans = list(_scans(row[0][0]["Plan"]))
    tables = [one for one in scans if one["Node Type"] == "Bitmap Heap Scan"]
    assert {one.get("Index Name") for one in scans} <= {"transfer_booked_on", None}
    assert tables
    for one in tables:
        assert one["Actual Rows"] == TRANSFERS_A_MONTH
        assert one["Rows Removed by Index Recheck"] < 3 * TRANSFERS_A_MONTH
