"""One simulator that speaks Stripe's words, and Stripe's own client to ask it."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
import requests
import stripe

from tests.pspsim.simulator import Simulator, simulator, write_world
from tests.pspsim.stripe.face import PROVIDERS, client_of


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def calm_stripe(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Simulator]:
    """Serve one provider of the dialect that approves every payer of any segment."""
    folder = tmp_path_factory.mktemp("stripe")
    world = write_world(folder, providers=PROVIDERS)
    async with simulator(world, folder / "state") as running:
        yield running


@pytest.fixture
def client(calm_stripe: Simulator) -> Iterator[stripe.StripeClient]:
    """Speak to it as an application does."""
    with requests.Session() as session:
        yield client_of(calm_stripe, session)
