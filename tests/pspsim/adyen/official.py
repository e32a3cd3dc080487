"""Adyen's official client, pointed at a simulator, and an inbox for what it is told."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import Adyen  # type: ignore[import-untyped]  # it has no types of its own
from aiohttp import web

from tests.listening import serving
from tests.pspsim.simulator import Simulator, simulator, write_world

API_KEY: Final = "AQE_a-simulated-api-key"
HMAC_KEY: Final = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"
ACCOUNT: Final = "LedgerlineECOM"
PROVIDER: Final = "aster"


@dataclass
class Inbox:
    """An endpoint that keeps the deliveries; it answers once ``is_open`` is set."""

    url: str = ""
    deliveries: list[bytes] = field(default_factory=list)
    is_open: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        """Take one delivery."""
        self.deliveries.append(await request.read())
        await self.is_open.wait()
        return web.Response(text="[accepted]")

    def items(self) -> list[dict[str, Any]]:
        """Return every item of every delivery, in the order of arrival."""
        bodies = [json.loads(raw) for raw in self.deliveries]
        return [
            each["NotificationRequestItem"] for body in bodies for each in body["notificationItems"]
        ]


@dataclass(frozen=True)
class Face:
    """A simulator that speaks Adyen, the official client of it, and the inbox of its events."""

    running: Simulator
    client: Any
    inbox: Inbox

    @property
    def url(self) -> str:
        """Return the address of the provider."""
        return f"http://127.0.0.1:{self.running.port}/{PROVIDER}"

    async def pay(self, reference: str, token: str, /, **changed: object) -> Any:
        """Pay EUR 10.99 with a stored card, under the reference as the key."""
        api = self.client.checkout.payments_api
        return await ask(
            api.payments, payment(reference, token, **changed), idempotency_key=reference
        )

    async def told(self) -> list[dict[str, Any]]:
        """Return all items, once everything queued was delivered."""
        await self.running.control("drain")
        return self.inbox.items()


@asynccontextmanager
async def adyen_face(folder: Path, **world: object) -> AsyncGenerator[Face]:
    """Run one provider that speaks Adyen and tells an inbox."""
    inbox = Inbox()
    inbox.is_open.set()
    application = web.Application()
    application.add_routes([web.post("/hooks", inbox.take)])
    provider = {"dialect": "adyen", "api_secret": API_KEY, "webhook_secret": HMAC_KEY}
    file = write_world(folder, providers={PROVIDER: provider}, **world)
    async with (
        serving(application) as origin,
        simulator(file, folder / "state") as running,
    ):
        inbox.url = f"{origin}/hooks"
        await running.control("webhooks", {"provider": PROVIDER, "url": inbox.url})
        yield Face(running, official(running.port), inbox)


def official(port: int, *, key: str = API_KEY) -> Any:
    """Return Adyen's client; its addresses are attributes, and the rest is its own."""
    client = Adyen.Adyen(xapikey=key, platform="test", http_timeout=10)
    checkout = client.checkout
    for api in (checkout.payments_api, checkout.modifications_api, checkout.recurring_api):
        api.baseUrl = f"http://127.0.0.1:{port}/{PROVIDER}/v71"
    client.disputes.disputes_api.baseUrl = (
        f"http://127.0.0.1:{port}/{PROVIDER}/ca/services/DisputeService/v30"
    )
    return client


async def ask(call: Callable[..., Any], *given: object, **named: object) -> Any:
    """Let the client block a thread of its own."""
    return await asyncio.to_thread(call, *given, **named)


def payment(reference: str, token: str, /, **changed: object) -> dict[str, object]:
    """Build a payment of EUR 10.99 by a card on file, without its payer."""
    return {
        "amount": {"currency": "EUR", "value": 1099},
        "merchantAccount": ACCOUNT,
        "paymentMethod": {"type": "scheme", "storedPaymentMethodId": token},
        "recurringProcessingModel": "Subscription",
        "reference": reference,
        "returnUrl": "https://shop.example/return",
        "shopperInteraction": "ContAuth",
        "shopperReference": "shopper-7",
        **changed,
    }
