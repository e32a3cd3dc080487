"""One simulator that speaks Stripe's words, and Stripe's own client to ask it."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
import requests
import stripe

from tests.pspsim.simulator import Simulator, simulator, write_world

API_SECRET = "sk_test_simulated_aster"
WEBHOOK_SECRET = "whsec_simulated_aster"
PROVIDERS = {
    "aster": {"api_secret": API_SECRET, "webhook_secret": WEBHOOK_SECRET, "dialect": "stripe"}
}


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


def client_of(
    running: Simulator, session: requests.Session, *, key: str = API_SECRET
) -> stripe.StripeClient:
    """Build Stripe's client for a running simulator; it repeats nothing by itself."""
    return stripe.StripeClient(
        key,
        base_addresses={"api": f"http://127.0.0.1:{running.port}/aster"},
        max_network_retries=0,
        http_client=stripe.RequestsClient(session=session, timeout=10),
    )
