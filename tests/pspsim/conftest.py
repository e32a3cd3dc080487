"""One calm simulator for all tests that change no switch and move no clock."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.pspsim.simulator import Simulator, simulator, write_world


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def calm(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Simulator]:
    """Serve one provider that approves every payer of any segment."""
    folder = tmp_path_factory.mktemp("calm")
    async with simulator(write_world(folder), folder / "state") as running:
        yield running
