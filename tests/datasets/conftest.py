"""A quarter that releases are made of: it passes once a test process, and each test has a copy."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
from psycopg.conninfo import conninfo_to_dict

from ledgerline.cli.local_postgres import LocalPostgres
from tests.datasets.quarter import BEGINS, live
from tests.flow_world import World, open_world, reopen_world
from tests.postgres import new_database


class Quarter(NamedTuple):
    """What was left of it: a database to clone, and the folder of its providers."""

    database: str
    providers: Path


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


@pytest_asyncio.fixture(loop_scope="session")
async def quarter_world(
    postgres: LocalPostgres, quarter: Quarter, tmp_path: Path
) -> AsyncIterator[World]:
    """Give one test the world in which it passed, to go on from."""
    shutil.copytree(quarter.providers, tmp_path / "psp")
    with new_database(postgres, template=quarter.database) as url:
        async with reopen_world(url, tmp_path) as opened:
            yield opened
