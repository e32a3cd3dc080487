"""Databases for tests: one server a test process, one template migrated once, cheap clones of it.

Every pytest-xdist worker has its own server, so that nothing is shared between processes and
nothing is left when one is killed.
"""

import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final

import psycopg
import pytest
from psycopg.sql import SQL, Composed, Identifier

from ledgerline.cli import migrate
from ledgerline.cli.local_postgres import LocalPostgres, Profile, start

TEMPLATE: Final = "ledgerline_template"
_NUMBERS: Final = count(1)
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of a name of its own is made in it
_MEMORY_BYTES_MIN: Final = 6 << 30


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[LocalPostgres]:
    """Run the server of this test process; ``PG=15`` chooses a system installation."""
    major = request.config.getoption("--pg")
    with temporary_folder() as folder:
        server = start(folder, profile=Profile.TESTS, prefer_system=major is not None, major=major)
        with server:
            yield server


@pytest.fixture(scope="session")
def template(postgres: LocalPostgres) -> str:
    """Name the database that holds the whole schema and that nobody connects to."""
    execute(postgres, SQL("CREATE DATABASE {}").format(Identifier(TEMPLATE)))
    migrate.upgrade(postgres.url_of(TEMPLATE), migrate.migrations_folder())
    return TEMPLATE


@pytest.fixture(scope="module")
def database_url(postgres: LocalPostgres, template: str) -> Iterator[str]:
    """Give a migrated database of its own to each test module."""
    with new_database(postgres, template=template) as url:
        yield url


@pytest.fixture
def fresh_database_url(postgres: LocalPostgres, template: str) -> Iterator[str]:
    """Give a migrated database of its own to one test."""
    with new_database(postgres, template=template) as url:
        yield url


@pytest.fixture
def empty_database_url(postgres: LocalPostgres) -> Iterator[str]:
    """Give a database without any table to one test."""
    with new_database(postgres, template="template0") as url:
        yield url


@contextmanager
def new_database(server: LocalPostgres, *, template: str) -> Generator[str]:
    """Clone ``template`` and drop the clone afterwards, whoever is still connected to it."""
    name = f"test_{next(_NUMBERS)}"
    create = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    execute(server, create.format(Identifier(name), Identifier(template)))
    try:
        yield server.url_of(name)
    finally:
        execute(server, SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@contextmanager
def temporary_folder() -> Generator[Path]:
    """Make a folder which the account of a server run by root can enter.

    It lies in memory where there is plenty: thousands of clones are made and dropped, and their
    files were half of what these tests took.
    """
    in_memory = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _MEMORY_BYTES_MIN
    folder = Path(tempfile.mkdtemp(prefix="ledgerline-tests-", dir=_MEMORY if in_memory else None))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def execute(server: LocalPostgres, statement: Composed) -> None:
    """Run one administrative statement outside any transaction."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(statement)
