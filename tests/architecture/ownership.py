"""Whose tables a statement may touch, decided by PostgreSQL: a role for every owner."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg.errors import InsufficientPrivilege
from psycopg.sql import SQL, Identifier

from tests.architecture.statement_files import (
    Named,
    StatementFile,
    as_copied,
    as_prepared,
    read_statements,
)

READERS: Final = frozenset({"api", "cli", "console", "datasets"})
"""Packages outside every context: like views they may read any table, and write none."""

_OWNERS: Final = """
SELECT relname, split_part(coalesce(obj_description(oid, 'pg_class'), ''), ':', 1)
  FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
"""
_READER: Final = "planted_reader"


def owners(connection: psycopg.Connection) -> dict[str, str]:
    """Read the owner of every table: the first word of its comment; empty where there is none."""
    return dict(connection.execute(_OWNERS).fetchall())


def trespasses(connection: psycopg.Connection, file: StatementFile, source: str) -> list[str]:
    """List the statements of ``source`` that touch what the package of ``file`` may not touch."""
    with _role_of(connection, file) as role:
        connection.execute(SQL("SET LOCAL ROLE {}").format(Identifier(role)))
        connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        found = [
            f"{statement.name}: {refused}"
            for statement in read_statements(source)
            if (refused := _refused(connection, statement)) is not None
        ]
        connection.execute("RESET ROLE")
    return found


def _refused(connection: psycopg.Connection, statement: Named) -> str | None:
    """Explain a statement without running it; planning checks the rights on every table."""
    copied = as_copied(statement.text)
    text, parameters = as_prepared(statement.text)
    if copied is not None:
        columns = ", ".join(copied.columns)
        text = f"INSERT INTO {copied.table} ({columns}) SELECT {columns} FROM {copied.table}"
    arguments = f"({', '.join(['NULL'] * len(parameters))})" if parameters else ""
    connection.execute(f"PREPARE asked AS {text}".encode())
    try:
        with connection.transaction():
            connection.execute(f"EXPLAIN EXECUTE asked{arguments}".encode())
    except InsufficientPrivilege as error:
        return error.diag.message_primary
    finally:
        connection.execute("DEALLOCATE asked")
    return None


@contextmanager
def _role_of(connection: psycopg.Connection, file: StatementFile) -> Iterator[str]:
    """Make the role of one package for the length of this block; nothing of it stays."""
    reading = file.owner in READERS or file.module.endswith(".views")
    role = _READER if reading else f"planted_{file.owner}"
    with connection.transaction(force_rollback=True):
        connection.execute(SQL("CREATE ROLE {}").format(Identifier(role)))
        for table, owner in owners(connection).items():
            if reading or owner == file.owner:
                rights = SQL("SELECT") if reading else SQL("SELECT, INSERT, UPDATE, DELETE")
                grant = SQL("GRANT {} ON {} TO {}")
                connection.execute(grant.format(rights, Identifier(table), Identifier(role)))
        yield role


def without_owner(found: Mapping[str, str], packages: frozenset[str]) -> list[str]:
    """List the tables whose comment does not begin with a package of the platform."""
    return sorted(table for table, owner in found.items() if owner not in packages)
