"""Statements take their column lists from row types."""

from typing import LiteralString

import pytest
from psycopg.pq import Format

from ledgerline.base.copying import array, only
from ledgerline.base.statements import Statement, expand

PACKAGE = "ledgerline.entitlements"
PARTED = "ledgerline.payments"


@pytest.mark.parametrize(
    ("_case", "source", "expected"),
    [
        ("fields", "COPY t ({ProvenRow})", "COPY t (bucket, invoice_id)"),
        (
            "columns of a table",
            "SELECT {ProvenRow:c} FROM t AS c",
            "SELECT c.bucket, c.invoice_id FROM t AS c",
        ),
        (
            "without what is computed",
            "SELECT {ProvenRow:c - invoice_id}, now() AS invoice_id",
            "SELECT c.bucket, now() AS invoice_id",
        ),
        (
            "without two of them",
            "SELECT {EndedCoverRow - bucket first_month last_month}",
            "SELECT subscription_id, ended_at",
        ),
        ("no row type", "SELECT '{}'::jsonb, %(a)s", "SELECT '{}'::jsonb, %(a)s"),
    ],
)
def test_row_type_is_written_out(_case: str, source: str, expected: str) -> None:
    assert expand(source, PACKAGE) == expected


def test_row_types_of_a_package_are_found_in_its_modules() -> None:
    assert expand("{OwingRow:p}, {InboxEndRow}", PARTED) == (
        "p.subscription_id, psp_account, event_key, state, due_at"
    )


def test_what_no_row_type_says_is_a_defect() -> None:
    with pytest.raises(AssertionError, match="has no CoversRow"):
        expand("SELECT {CoversRow:c}", PACKAGE)
    with pytest.raises(AssertionError, match="ProvenRow has no"):
        expand("SELECT {ProvenRow:c - ends_at}", PACKAGE)


@pytest.mark.parametrize(
    ("text", "parameter", "expected"),
    [
        (
            (
                "SELECT i.id FROM invoice AS i"
                " JOIN unnest(%(buckets)s::smallint[], %(ids)s::uuid[]) AS n (bucket, id)"
                " ON i.bucket = n.bucket AND i.id = n.id"
            ),
            "buckets",
            (
                "SELECT i.id FROM invoice AS i"
                " JOIN unnest($1::smallint[], $2::uuid[]) AS n (bucket, id)"
                " ON i.bucket = $3::smallint AND i.id = n.id"
            ),
        ),
        (
            (
                "UPDATE t SET a = n.a FROM unnest(%(a)s::text[], %(bucket)s::smallint[])"
                " WITH ORDINALITY AS n (a, bucket, place) WHERE n.bucket = t.bucket"
            ),
            "bucket",
            (
                "UPDATE t SET a = n.a FROM unnest($1::text[], $2::smallint[])"
                " WITH ORDINALITY AS n (a, bucket, place) WHERE t.bucket = $3::smallint"
            ),
        ),
        (
            (
                "SELECT 1 FROM (SELECT DISTINCT n.bucket FROM unnest(%(buckets)s::smallint[])"
                " AS n (bucket)) AS c"
                " CROSS JOIN LATERAL (SELECT FROM t WHERE t.bucket = c.bucket)"
            ),
            "buckets",
            (
                "SELECT 1 FROM (SELECT DISTINCT n.bucket FROM unnest($1::smallint[])"
                " AS n (bucket)) AS c"
                " CROSS JOIN LATERAL (SELECT FROM t WHERE t.bucket = $2::smallint)"
            ),
        ),
        (
            "INSERT INTO t SELECT n.bucket FROM unnest(%(bucket)s::smallint[]) AS n (bucket)",
            None,
            None,
        ),
        ("SELECT 1 FROM t WHERE t.bucket = %(bucket)s", None, None),
    ],
)
def test_a_set_of_one_bucket_is_asked_for_by_it(
    text: LiteralString, parameter: str | None, expected: str | None
) -> None:
    asked = Statement(name="s", text=text, rank=None, refusals={}, arrays={})

    assert asked.buckets == parameter
    assert asked.one_bucket == (None if expected is None else expected.encode())


@pytest.mark.parametrize(
    ("values", "expected"), [([], None), ([7], b"\x00\x07"), ([7, 7], b"\x00\x07"), ([7, 8], None)]
)
def test_the_one_value_of_an_array(values: list[int], expected: bytes | None) -> None:
    assert only(array(21, values)) == expected


@pytest.mark.parametrize(
    ("buckets", "in_one", "parameters"),
    [([7, 7], True, 2), ([7, 8], False, 1), ([], False, 1)],
)
def test_the_set_chooses_the_text(buckets: list[int], in_one: bool, parameters: int) -> None:
    asked = Statement(
        name="s",
        text="SELECT 1 FROM t JOIN unnest(%(buckets)s::smallint[]) AS n (bucket)"
        " ON t.bucket = n.bucket",
        rank=None,
        refusals={},
        arrays={},
    )

    chosen, values, formats = asked.chosen([array(21, buckets)], [Format.BINARY])

    assert (chosen == asked.one_bucket) == in_one
    assert (len(values), len(formats)) == (parameters, parameters)
