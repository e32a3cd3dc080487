"""One world a test module, and its API; see ``tests.flow_world`` and ``api_client``."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from ledgerline.base.run import Run
from tests.flow_world import World, open_world
from tests.scenarios.api_client import Api, open_api
from tests.scenarios.forked import Forked, shared


@pytest.fixture(scope="session")
def forked() -> Forked:
    """Give commands that need not wait until Python has loaded them."""
    return shared()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """Open a world at New Year 2026 with the shipped catalog and calm providers."""
    async with open_world(database_url, tmp_path_factory.mktemp("world")) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def api(world: World) -> AsyncIterator[Api]:
    """Serve the API of this module's world; every request reads the clock anew."""
    async with open_api(Run(world.run.database, world.run.keyring), world.psps) as serving:
        yield serving
