"""The schema keeps its laws, and ``schema.sql`` is what the migrations make."""

from collections.abc import Iterator
from typing import Final, LiteralString

import psycopg
import pytest

from ledgerline.cli import postgres_binaries
from ledgerline.cli.local_postgres import LocalPostgres
from tests.architecture.dump import DUMPED_BY, SCHEMA, dump
from tests.architecture.schema_laws import QUEUES, RENEWED, SHARED_TABLES, breaches, catalog


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url) as opened:
        yield opened
        opened.rollback()


def test_every_table_keeps_every_law(connection: psycopg.Connection) -> None:
    assert breaches(connection) == []


def test_the_short_lists_name_what_exists(connection: psycopg.Connection) -> None:
    query = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    assert {name for (name,) in connection.execute(query)} >= SHARED_TABLES | QUEUES | RENEWED


PLANTS: Final[tuple[tuple[LiteralString, str], ...]] = (
    (
        "CREATE TABLE planted (id uuid, CONSTRAINT planted_pk PRIMARY KEY (id))",
        "a table is split by bucket or on the short list: planted",
    ),
    (
        "ALTER TABLE coupon ADD COLUMN bucket smallint NOT NULL DEFAULT 0",
        "a table is split by bucket or on the short list: coupon",
    ),
    (
        "CREATE TABLE planted (bucket smallint NOT NULL)",
        "every table has a primary key: planted",
    ),
    (
        "ALTER TABLE customer ADD CONSTRAINT customer_planted UNIQUE (id)",
        "a key of a split table contains the bucket: customer_planted",
    ),
    (
        "CREATE UNIQUE INDEX planted ON payment (invoice_id) WHERE state = 'processing'",
        "a key of a split table contains the bucket: planted",
    ),
    (
        "ALTER TABLE customer ADD CONSTRAINT customer_planted UNIQUE (bucket, id)",
        "only a queue begins with the bucket, and a queue does: customer_planted",
    ),
    (
        "CREATE INDEX planted ON receipt (bucket, customer_id)",
        "only a queue begins with the bucket, and a queue does: planted",
    ),
    (
        "DROP INDEX payment_due; CREATE INDEX payment_due ON payment (next_try_at, bucket)",
        "only a queue begins with the bucket, and a queue does: payment_due",
    ),
    (
        "CREATE INDEX planted ON invoice (customer_id, bucket)",
        "a key of what every renewal adds to does not begin with what lasts: planted",
    ),
    (
        "ALTER TABLE receipt ADD CONSTRAINT receipt_planted FOREIGN KEY (id) REFERENCES other (id)",
        "a reference to a split table pairs bucket with bucket: receipt_planted",
    ),
    (
        "DROP INDEX receipt_fence",
        "what is only added to carries a fence, what is updated none: receipt",
    ),
    (
        "ALTER TABLE transfer ALTER COLUMN fence DROP DEFAULT",
        "what is only added to carries a fence, what is updated none: transfer",
    ),
    (
        (
            "ALTER TABLE payment ADD COLUMN fence bigint NOT NULL"
            " DEFAULT pg_current_xact_id()::text::bigint;"
            " CREATE INDEX payment_fence ON payment USING brin (fence)"
        ),
        "what is only added to carries a fence, what is updated none: payment",
    ),
    (
        "ALTER TABLE cover ADD COLUMN planted timestamp",
        "times know their zone and nothing is inexact: cover.planted",
    ),
    (
        "ALTER TABLE cover ADD COLUMN planted double precision",
        "times know their zone and nothing is inexact: cover.planted",
    ),
    (
        "ALTER TABLE lease ADD COLUMN planted bigint GENERATED ALWAYS AS IDENTITY",
        "ids are made by the code: lease.planted",
    ),
    ("CREATE SEQUENCE planted", "ids are made by the code: planted"),
    (
        "ALTER TABLE event ADD COLUMN planted_minor bigint",
        "an amount is a bigint of minor units beside its currency: event.planted_minor",
    ),
    (
        "ALTER TABLE receipt ADD COLUMN planted_minor integer",
        "an amount is a bigint of minor units beside its currency: receipt.planted_minor",
    ),
    ("ALTER TABLE receipt ADD COLUMN fee bigint", "an amount says its unit: receipt.fee"),
    (
        "ALTER TABLE receipt ADD CHECK (amount_minor < 10)",
        "a constraint is named by hand, after its table: receipt_amount_minor_check",
    ),
    (
        "ALTER TABLE receipt ADD CONSTRAINT planted CHECK (amount_minor < 10)",
        "a constraint is named by hand, after its table: planted",
    ),
    (
        "ALTER TABLE refund DROP CONSTRAINT refund_transition",
        "a state that moves keeps its last step: refund",
    ),
)


@pytest.mark.parametrize(("statement", "expected"), PLANTS, ids=[plant[0] for plant in PLANTS])
def test_planted_breach_is_found(
    statement: LiteralString, expected: str, connection: psycopg.Connection
) -> None:
    if "receipt_planted" in statement:
        connection.execute("CREATE TABLE other (id uuid PRIMARY KEY, bucket smallint NOT NULL)")
    connection.execute(statement)
    assert expected in breaches(connection)


def test_schema_file_makes_what_the_migrations_make(
    connection: psycopg.Connection, empty_database_url: str
) -> None:
    with psycopg.connect(empty_database_url) as other:
        other.execute(SCHEMA.read_bytes())
        assert catalog(other) == catalog(connection)


def test_schema_file_is_the_dump_of_the_migrations(
    postgres: LocalPostgres, database_url: str
) -> None:
    programs = next(
        (found for found in [postgres_binaries.find()] if found.major == DUMPED_BY), None
    )
    if programs is None:
        pytest.skip(f"the file is written by pg_dump {DUMPED_BY}")
    with psycopg.connect(postgres.url) as connection:
        if connection.info.server_version // 10_000 != DUMPED_BY:
            pytest.skip("an older server is compared by its catalogs")
    written = SCHEMA.read_text(encoding="utf-8")
    assert dump(database_url, programs.folder) == written, "python -m tests.architecture.dump"


def test_planted_difference_is_found(
    connection: psycopg.Connection, empty_database_url: str
) -> None:
    connection.execute("ALTER TABLE receipt ALTER COLUMN currency DROP NOT NULL")
    connection.execute("DROP TRIGGER receipt_append_only ON receipt")
    connection.execute("ALTER TABLE payment RESET (fillfactor)")
    with psycopg.connect(empty_database_url) as other:
        other.execute(SCHEMA.read_bytes())
        differing = dict(catalog(other).items() ^ catalog(connection).items())
    assert sorted(differing) == [
        "column receipt.currency", "table payment", "trigger receipt_append_only",
    ]  # fmt: skip
