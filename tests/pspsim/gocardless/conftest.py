"""A world with one account in GoCardless's dialect."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.pspsim.gocardless.face import write_debit_world
from tests.pspsim.simulator import Simulator, simulator


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def debit(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Simulator]:
    """Serve one account whose clock no test moves."""
    folder = tmp_path_factory.mktemp("debit")
    async with simulator(write_debit_world(folder), folder / "state") as running:
        yield running
