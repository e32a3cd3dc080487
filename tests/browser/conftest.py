"""A real browser, the one of the system; without it these tests are skipped, and say so."""

import os
import shutil
from collections.abc import AsyncIterator
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.flow_world import world
from tests.storefront.site import site

__all__ = ["browser", "site", "world"]
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
