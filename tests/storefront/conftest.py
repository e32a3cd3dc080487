"""One world a module, and its site; see ``site``."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.flow_world import World, open_world
from tests.storefront.site import Site, open_site


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """Open a world at New Year 2026 with the shipped catalog and calm providers."""
    async with open_world(database_url, tmp_path_factory.mktemp("world")) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(world: World) -> AsyncIterator[Site]:
    """Serve this module's world."""
    async with open_site(world) as serving:
        yield serving
