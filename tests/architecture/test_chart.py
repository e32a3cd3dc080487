"""The chart of accounts is one: the table, the code and what PostgreSQL lets a transfer name."""

import re
from collections.abc import Iterator

import psycopg
import pytest

from ledgerline.ledger.model import Account, Purpose

CHECK = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s"


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url) as opened:
        yield opened


def lists(connection: psycopg.Connection, constraint: str) -> list[set[str]]:
    """Read the lists of words in a CHECK."""
    [(text,)] = connection.execute(CHECK, (constraint,)).fetchall()
    return [set(re.split(", ?", one)) for one in re.findall(r"'\{([^}]*)\}'", text)]


def test_table_enum_and_check_name_the_same_accounts(connection: psycopg.Connection) -> None:
    # given the reference table
    chart = {code for (code,) in connection.execute("SELECT code FROM account")}
    # then the code knows it, and both sides of a transfer may name it and nothing else
    assert chart == set(Account)
    assert lists(connection, "transfer_accounts") == [chart, chart]


def test_check_names_the_purposes_of_the_code(connection: psycopg.Connection) -> None:
    assert lists(connection, "transfer_purpose") == [set(Purpose)]
