"""A real browser, the one of the system; without it these tests are skipped, and say so."""

import os
import shutil
from collections.abc import AsyncIterator
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.flow_world import World, open_world
from tests.storefront.site import Site, open_site

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")


def _executable() -> str:
    named = os.environ.get("LEDGERLINE_CHROMIUM")
    for name in [named] if named else NAMES:
        found = shutil.which(name)
        if found is not None:
            return found
    pytest.skip("there is no Chromium: install it, or name it by LEDGERLINE_CHROMIUM")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Start the system's browser, never one that was downloaded."""
    executable = _executable()
    async with async_playwright() as driver:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        started = await driver.chromium.launch(executable_path=executable, args=arguments)
        yield started
        await started.close()


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
