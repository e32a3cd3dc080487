"""A context's statements touch only its own tables; entry points and views only read."""

import re
from collections.abc import Iterator
from typing import Final

import psycopg
import pytest

from tests.architecture.modules import PACKAGE, ROOT, packages
from tests.architecture.ownership import READERS, owners, trespasses, without_owner
from tests.architecture.statement_files import statement_files

FILES: Final = {file.module: file for file in statement_files()}
IN_CODE: Final = {"cli"}  # the runner of migrations speaks its own few statements


@pytest.fixture(scope="module")
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as opened:
        yield opened


def test_every_table_has_an_owner(connection: psycopg.Connection) -> None:
    assert without_owner(owners(connection), packages()) == []


def test_every_owner_speaks_statements_of_its_own(connection: psycopg.Connection) -> None:
    speaking = {file.owner for file in FILES.values() if not file.module.endswith(".views")}
    assert set(owners(connection).values()) - speaking - IN_CODE == set()


@pytest.mark.parametrize("module", sorted(FILES))
def test_statements_stay_within_their_tables(module: str, connection: psycopg.Connection) -> None:
    file = FILES[module]
    assert trespasses(connection, file, file.text) == []


PLANTS: Final = (
    ("plain", "payments.store", "SELECT id FROM invoice", "permission denied for table invoice"),
    (
        "join",
        "payments.store",
        "SELECT p.id FROM payment AS p JOIN invoice AS i ON i.id = p.invoice_id",
        "permission denied for table invoice",
    ),
    (
        "sub-select",
        "payments.store",
        "SELECT id FROM payment WHERE invoice_id IN (SELECT id FROM invoice WHERE id = %(id)s)",
        "permission denied for table invoice",
    ),
    (
        "common table expression",
        "ledger.store",
        "WITH gone AS (DELETE FROM event RETURNING bucket) SELECT bucket FROM gone",
        "permission denied for table event",
    ),
    (
        "write",
        "subscriptions.store",
        "UPDATE customer SET version = version + 1 WHERE id = %(id)s",
        "permission denied for table customer",
    ),
    (
        "copy",
        "receipts.store",
        "COPY transfer (bucket, source_id) FROM STDIN (FORMAT BINARY)",
        "permission denied for table transfer",
    ),
    (
        "view that writes",
        "payments.views",
        "UPDATE payment SET tries = 0",
        "permission denied for table payment",
    ),
    (
        "view that locks",
        "payments.views",
        "SELECT id FROM payment FOR UPDATE",
        "permission denied for table payment",
    ),
)


@pytest.mark.parametrize(
    ("_case", "module", "text", "expected"), PLANTS, ids=[plant[0] for plant in PLANTS]
)
def test_planted_trespass_is_refused(
    _case: str, module: str, text: str, expected: str, connection: psycopg.Connection
) -> None:
    file = FILES[f"ledgerline.{module}"]
    source = f"-- name: planted\n-- Trespass.\n{text}\n"
    assert trespasses(connection, file, source) == [f"planted: {expected}"]


def test_own_statement_beside_a_planted_one_passes(connection: psycopg.Connection) -> None:
    source = "-- name: own\nSELECT id FROM payment\n-- name: planted\nSELECT id FROM invoice\n"
    file = FILES["ledgerline.payments.store"]
    found = trespasses(connection, file, source)
    assert found == ["planted: permission denied for table invoice"]


def test_planted_table_without_owner_is_found() -> None:
    assert without_owner({"payment": "payments", "loose": "", "odd": "plans"}, packages()) == [
        "loose", "odd",
    ]  # fmt: skip


def test_readers_are_packages_that_own_no_business_table(connection: psycopg.Connection) -> None:
    owned = {table: owner for table, owner in owners(connection).items() if owner in READERS}
    assert owned == {"migration": "cli"}


def test_each_context_names_the_tables_that_bear_its_name() -> None:
    owned: dict[str, set[str]] = {}
    migrations = sorted((ROOT / "migrations").glob("*.sql"))
    text = "".join(path.read_text(encoding="utf-8") for path in migrations)
    for table, context in re.findall(r"COMMENT ON TABLE (\w+) IS\s+'(\w+):", text):
        owned.setdefault(context, set()).add(table)
    for context, tables in owned.items():
        doc = (PACKAGE / context / "__init__.py").read_text(encoding="utf-8")
        said = re.search(r"Owns (.*?)\.\s", doc, re.DOTALL)
        named = set(re.findall(r"``(\w+)``", said[1])) if said else set()
        assert named == tables, context
