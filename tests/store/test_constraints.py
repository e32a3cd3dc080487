"""Every rule of the schema refuses what breaks it, with its SQLSTATE and under its own name."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

import psycopg
import pytest

from tests.store.breaking import Broken, Typed
from tests.store.broken_rows import ALL
from tests.store.inserting import insert, insert_all
from tests.store.valid_rows import FOUND, ROWS

_RULES: Final = """
SELECT conname FROM pg_constraint
 WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'p', 'u', 'x')
 UNION
SELECT c.relname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
 WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace
 UNION
SELECT t.tgname FROM pg_trigger AS t WHERE NOT t.tgisinternal
"""
_TABLES: Final = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
"""
_SEEN: Final = Counter[str]()


def named(case: Broken | Typed) -> str:
    """Name a case after its rule, counted where a rule has several."""
    _SEEN[case.rule] += 1
    return f"{case.rule}-{_SEEN[case.rule]}"


@pytest.fixture(scope="module")
def world(database_url: str) -> Iterator[psycopg.Connection]:
    """Hold the valid row of every table in a transaction that never commits."""
    with psycopg.connect(database_url) as connection:
        insert_all(connection)
        yield connection
        connection.rollback()


def attempted(world: psycopg.Connection, case: Broken | Typed) -> psycopg.Error | None:
    """Break one rule; return what PostgreSQL says, and leave no trace."""
    try:
        with world.transaction(force_rollback=True):
            match case:
                case Broken(table=table, changes=changes):
                    insert(world, table, {**FOUND, **ROWS}[table], **changes)
                case Typed(statement=statement):
                    for each in statement.split("; "):
                        world.execute(each.encode())
            world.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except psycopg.Error as error:
        return error
    return None


@pytest.mark.parametrize("case", ALL, ids=named)
def test_rule_refuses_what_breaks_it(case: Broken | Typed, world: psycopg.Connection) -> None:
    refused = attempted(world, case)
    assert refused is not None, "nothing refused it"
    assert (refused.sqlstate, refused.diag.constraint_name) == (case.sqlstate, case.rule)


def unproven(world: psycopg.Connection) -> set[str]:
    return {name for (name,) in world.execute(_RULES)} - {case.rule for case in ALL}


def test_every_rule_has_a_case(world: psycopg.Connection) -> None:
    assert unproven(world) == set()
    assert len(ALL) >= 120


def test_every_table_has_a_valid_row(world: psycopg.Connection) -> None:
    tables = {name for (name,) in world.execute(_TABLES)}
    assert tables - {"transition"} == {*ROWS, *FOUND}


def test_planted_rules_without_a_case_are_found(world: psycopg.Connection) -> None:
    with world.transaction(force_rollback=True):
        world.execute("ALTER TABLE cover ADD CONSTRAINT cover_planted CHECK (bucket < 9)")
        world.execute("CREATE UNIQUE INDEX planted_key ON cover (bucket, invoice_id)")
        world.execute(
            "CREATE TRIGGER planted_trigger BEFORE DELETE ON cover"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        assert unproven(world) == {"cover_planted", "planted_key", "planted_trigger"}


def test_planted_loss_of_a_rule_is_found(world: psycopg.Connection) -> None:
    case = next(case for case in ALL if case.rule == "receipt_one")
    with world.transaction(force_rollback=True):
        world.execute("ALTER TABLE receipt DROP CONSTRAINT receipt_one")
        assert attempted(world, case) is None
