"""Stripe's official client, pointed at a simulator, and an inbox for what it is told."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import requests
import stripe
from aiohttp import web

from tests.listening import serving
from tests.pspsim.simulator import EUR_10_99, Simulator, simulator, write_world

API_SECRET: Final = "sk_test_simulated_aster"
WEBHOOK_SECRET: Final = "whsec_simulated_aster"
PROVIDERS: Final = {
    "aster": {"api_secret": API_SECRET, "webhook_secret": WEBHOOK_SECRET, "dialect": "stripe"}
}


@dataclass
class Inbox:
    """An endpoint that keeps the deliveries: headers, their names in lower case, and raw body."""

    deliveries: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        """Take one delivery."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.deliveries.append((headers, await request.read()))
        return web.Response()


@dataclass(frozen=True)
class Face:
    """A simulator that speaks Stripe, and the inbox of its events."""

    running: Simulator
    inbox: Inbox

    @property
    def url(self) -> str:
        """Return the address of the provider."""
        return f"http://127.0.0.1:{self.running.port}/aster"

    async def told(self) -> list[tuple[dict[str, str], bytes]]:
        """Return all deliveries, once everything queued was delivered."""
        await self.running.control("drain")
        return self.inbox.deliveries


@asynccontextmanager
async def stripe_face(folder: Path) -> AsyncGenerator[Face]:
    """Run one provider that speaks Stripe and tells an inbox."""
    inbox = Inbox()
    application = web.Application()
    application.add_routes([web.post("/hooks", inbox.take)])
    file = write_world(folder, providers=PROVIDERS)
    async with (
        serving(application) as origin,
        simulator(file, folder / "state") as running,
    ):
        await running.control("webhooks", {"provider": "aster", "url": f"{origin}/hooks"})
        yield Face(running, inbox)


def client_of(
    running: Simulator, session: requests.Session, *, key: str = API_SECRET
) -> stripe.StripeClient:
    """Build Stripe's client for a running simulator; it repeats nothing by itself."""
    return stripe.StripeClient(
        key,
        base_addresses={
            "api": f"http://127.0.0.1:{running.port}/aster",
            "files": f"http://127.0.0.1:{running.port}/aster",
        },
        max_network_retries=0,
        http_client=stripe.RequestsClient(session=session, timeout=10),
    )


def customer_with(running: Simulator, method: str) -> str:
    """Save a card for a new customer as its browser would; return ``cus_…/pm_…``."""
    with requests.Session() as session:
        client = client_of(running, session)
        customer = client.v1.customers.create()
        asked: Any = {
            "customer": customer.id,
            "payment_method": method,
            "allowed_payment_method_types": ["card"],
            "usage": "off_session",
            "confirm": True,
        }
        setup = client.v1.setup_intents.create(asked)
    assert setup.status == "succeeded", setup
    return f"{customer.id}/{setup.payment_method}"


def paying(method: str = "pm_card_visa", **changes: Any) -> Any:
    """Return the parameters of a charge that is created and confirmed at once."""
    return {
        "amount": EUR_10_99,
        "currency": "eur",
        "confirm": True,
        "payment_method": method,
        "allowed_payment_method_types": ["card"],
        **changes,
    }
