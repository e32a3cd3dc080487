"""Insert the valid row of a table, or that of every table."""

import psycopg
from psycopg.sql import SQL, Identifier, Placeholder

from tests.store.valid_rows import ROWS, Row


def insert(connection: psycopg.Connection, table: str, row: Row, **changes: object) -> None:
    """Insert one row, with some of its values changed."""
    changed = {**row, **changes}
    statement = SQL("INSERT INTO {} ({}) VALUES ({})").format(
        Identifier(table),
        SQL(", ").join(map(Identifier, changed)),
        SQL(", ").join(map(Placeholder, changed)),
    )
    connection.execute(statement, changed)


def insert_all(connection: psycopg.Connection) -> None:
    """Insert the valid row of every table."""
    for table, row in ROWS.items():
        insert(connection, table, row)
