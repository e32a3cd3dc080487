"""A durable server for chaos runs, and what one run leaves behind when it found something."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from ledgerline.cli import migrate
from ledgerline.cli.local_postgres import LocalPostgres, Profile, start
from tests.chaos.harness import Arena, arena
from tests.chaos.plants import Plant

Begin = Callable[..., AbstractContextManager[Arena]]


@pytest.fixture(scope="module")
def durable(request: pytest.FixtureRequest) -> Iterator[LocalPostgres]:
    """Run a server that keeps every promise a production server keeps."""
    major = request.config.getoption("--pg")
    folder = Path(tempfile.mkdtemp(prefix="ledgerline-chaos-"))
    folder.chmod(0o711)
    with start(folder, profile=Profile.CHAOS, prefer_system=major is not None, major=major) as one:
        yield one
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(one.directory.parent, ignore_errors=True)


@pytest.fixture
def begin(durable: LocalPostgres) -> Begin:
    """Start a run on a database of its own; what it wrote is kept unless it found nothing."""

    @contextmanager
    def begun(
        name: str, *, seed: int, customers: int, plant: Plant | None = None
    ) -> Iterator[Arena]:
        with psycopg.connect(durable.url, autocommit=True) as connection:
            connection.execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(name)))
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        migrate.upgrade(durable.url_of(name), migrate.migrations_folder())
        folder = Path(tempfile.mkdtemp(prefix="ledgerline-chaos-")) / name
        with arena(durable, folder, seed=seed, customers=customers, plant=plant) as running:
            yield running
        shutil.rmtree(folder.parent)

    return begun
