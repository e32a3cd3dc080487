"""A quarter and its release: both are made once a test process, and each test has a copy."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
from psycopg.conninfo import conninfo_to_dict

from ledgerline.cli.local_postgres import LocalPostgres
from ledgerline.datasets.lake import Lake
from tests.datasets.quarter import BEGINS, live, publish
from tests.flow_world import World, open_world
from tests.postgres import new_database


class Quarter(NamedTuple):
    """What was left of it: a database to clone, and the folder of its providers."""

    database: str
    providers: Path


class Released(NamedTuple):
    """The same once it is released: tables name their files in full, so they lie in one place."""

    quarter: Quarter
    lake: Path
    kept: Path


class Releasing(NamedTuple):
    """A world that has its first release, and the lake of that."""

    world: World
    lake: Lake


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def quarter(
    postgres: LocalPostgres, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Quarter]:
    """Let it pass: renewals, an upgrade, a refund, a card that fails."""
    folder = tmp_path_factory.mktemp("quarter")
    with new_database(postgres, template=template) as url:
        async with open_world(url, folder, at=BEGINS) as opened:
            await live(opened)
        yield Quarter(str(conninfo_to_dict(url)["dbname"]), folder / "psp")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def released(
    postgres: LocalPostgres, quarter: Quarter, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Released]:
    """Release it."""
    folder = tmp_path_factory.mktemp("released")
    with _clone(postgres, quarter, folder) as url:
        async with open_world(url, folder, at=None) as opened:
            await publish(opened, Lake(folder / "lake", url))
        shutil.move(folder / "lake", folder / "kept")
        of = Quarter(str(conninfo_to_dict(url)["dbname"]), folder / "psp")
        yield Released(of, folder / "lake", folder / "kept")


@pytest_asyncio.fixture(loop_scope="session")
async def quarter_world(
    postgres: LocalPostgres, quarter: Quarter, tmp_path: Path
) -> AsyncIterator[World]:
    """Give one test the world in which it passed, to go on from."""
    with _clone(postgres, quarter, tmp_path) as url:
        async with open_world(url, tmp_path, at=None) as opened:
            yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def releasing(
    postgres: LocalPostgres, released: Released, tmp_path: Path
) -> AsyncIterator[Releasing]:
    """Give one test the world in which it was released, to go on from."""
    shutil.copytree(released.kept, released.lake)
    try:
        with _clone(postgres, released.quarter, tmp_path) as url:
            async with open_world(url, tmp_path, at=None) as opened:
                yield Releasing(opened, Lake(released.lake, url))
    finally:
        shutil.rmtree(released.lake)


@contextmanager
def _clone(postgres: LocalPostgres, quarter: Quarter, folder: Path) -> Iterator[str]:
    """Copy what is left of a quarter: its providers into a folder, its database beside it."""
    shutil.copytree(quarter.providers, folder / "psp")
    with new_database(postgres, template=quarter.database) as url:
        yield url
