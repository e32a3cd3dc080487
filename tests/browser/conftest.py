"""A real browser, the one of the system; without it these tests are skipped, and say so."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.browser.chromium import MISSING, arguments, executable
from tests.browser.visit import PATIENCE_MS
from tests.flow_world import world
from tests.storefront.site import site

__all__ = ["browser", "site", "world"]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Start the system's browser, never one that was downloaded."""
    found = executable()
    if found is None:
        pytest.skip(MISSING)
    async with async_playwright() as driver:
        started = await driver.chromium.launch(
            executable_path=found, args=arguments(), timeout=PATIENCE_MS
        )
        yield started
        await started.close()
