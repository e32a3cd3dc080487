"""A seller at one provider of any dialect, and the post between them: held, and delivered by hand.

    async with spoken(url, folder, "adyen") as at:
        bought = await at.sell()                          # a purchase that is paid
        told = await at.step(bought, "open")              # what the provider says, still on its way
        await at.deliver(told[::-1] * 2)                  # twice, and the last first

What is delivered goes over a socket, as the provider signed it, to the served API.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from psycopg import AsyncConnection

from ledgerline.base.crypto import Keyring
from ledgerline.base.db import connected
from ledgerline.base.http import HttpClient
from ledgerline.base.run import Run
from ledgerline.flows.add_payment_method import NewPaymentMethod, add_payment_method
from ledgerline.flows.apply_psp_events import apply_psp_events
from ledgerline.flows.import_settlement import NewSettlement, import_settlement
from ledgerline.flows.load_catalog import load_catalog
from ledgerline.flows.match_settlement import match_settlement
from ledgerline.flows.put_psp_account import NewPspAccount, put_psp_account, read_merchants
from ledgerline.payments.adapters.adyen.connector import Adyen
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.adapters.gocardless.connector import GoCardless
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.adapters.stripe.connector import Stripe
from ledgerline.payments.contract import Psp, Secret
from tests.disputing import attempt_of
from tests.flow_proof import prove
from tests.flow_values import Bought, Shopper
from tests.flow_world import CALL_DEADLINE_MS, NEW_YEAR, World
from tests.listening import serving
from tests.pspsim.adyen import official
from tests.pspsim.gocardless import face as gocardless
from tests.pspsim.simulator import Simulator, simulator, write_world
from tests.pspsim.stripe import face as stripe
from tests.scenarios.api_client import Api, open_api
from tests.shipped import shipped_catalog

ACCOUNT: Final = "aster"
DAY: Final = timedelta(days=1)
_NUMBERS: Final = count(1)
DIALECTS: Final = ("stripe", "adyen", "gocardless")


class Delivery(NamedTuple):
    """One delivery of a provider, as it was signed."""

    headers: Mapping[str, str]
    raw: bytes


class _Spoken(NamedTuple):
    connector: Psp
    api_secret: str
    webhook_secret: str
    secrets: tuple[str, str]
    settings: Mapping[str, str] = {}
    more: Mapping[str, str] = {}  # settings that follow the address


_OF: Final[Mapping[str, _Spoken]] = {
    "sandbox": _Spoken(
        connector=Sandbox(),
        api_secret="sk_aster",
        webhook_secret="whsec_" + "c2VjcmV0" * 4,
        secrets=("api_secret", "webhook_secret"),
    ),
    "stripe": _Spoken(
        connector=Stripe(),
        api_secret=stripe.API_SECRET,
        webhook_secret=stripe.WEBHOOK_SECRET,
        secrets=("api_secret", "webhook_secret"),
        more={"files_url": ""},
    ),
    "adyen": _Spoken(
        connector=Adyen(),
        api_secret=official.API_KEY,
        webhook_secret=official.HMAC_KEY,
        secrets=("api_key", "hmac_key"),
        settings={"merchant_account": official.ACCOUNT},
        more={"disputes_url": "/ca/services/DisputeService/v30"},
    ),
    "gocardless": _Spoken(
        connector=GoCardless(),
        api_secret=gocardless.TOKEN,
        webhook_secret=gocardless.WEBHOOK_SECRET,
        secrets=("access_token", "webhook_secret"),
    ),
}


@dataclass(slots=True)
class Seller:
    """A world whose only provider speaks one dialect, and the post that waits for delivery."""

    dialect: str
    world: World
    api: Api
    held: list[Delivery]
    since: date = field(default=NEW_YEAR.date())

    async def sell(self, token: str = "tok_ok") -> Bought:
        """Sell a month, and let its payment be over at the provider; nothing of that is held."""
        bought = await self.world.buy(await self.shopper(token))
        if self.dialect == "gocardless":  # banks need a day, and a payout another
            await self.world.advance(self.world.now + 2 * DAY + timedelta(hours=2))
        await self.arrive(await self.post())
        state = "SELECT state FROM payment WHERE id = %s"
        assert await self.world.value(state, bought.payment_id) == "succeeded"
        return bought

    async def shopper(self, token: str) -> Shopper:
        """Create a customer who can be charged at the provider."""
        if self.dialect == "stripe":
            saved = await asyncio.to_thread(
                stripe.customer_with, self.world.simulator, f"pm_{token}_{next(_NUMBERS)}"
            )
            customer_id = await self.world.customer()
            new = NewPaymentMethod(
                customer_id=customer_id, psp_account=ACCOUNT, psp_token=saved, brand="visa",
                last4="4242",
            )  # fmt: skip
            return Shopper(customer_id, await add_payment_method(self.world.run, new))
        prefix = {"adyen": "shopper-1/", "gocardless": "MD", "sandbox": ""}[self.dialect]
        return await self.world.shopper(token=f"{prefix}{token}")

    async def step(self, bought: Bought, step: str, **more: object) -> list[Delivery]:
        """Let one thing happen to the dispute of a charge, and return what the provider says."""
        attempt = str(await attempt_of(self.world, bought))
        asked = {"provider": ACCOUNT, "reference": attempt, "step": step, **more}
        await self.world.simulator.control("dispute", asked)
        return await self.post()

    async def post(self) -> list[Delivery]:
        """Take what the provider has sent since."""
        drained = await self.world.simulator.control("drain")
        assert drained["failed"] == drained["dropped"] == 0
        taken, self.held[:] = list(self.held), []
        return taken

    async def deliver(self, deliveries: Sequence[Delivery]) -> None:
        """Bring deliveries to the API, one after the other; each must be acknowledged."""
        url = f"{self.api.url}/v1/psp/{ACCOUNT}/events"
        async with aiohttp.ClientSession() as session:
            for one in deliveries:
                async with session.post(url, data=one.raw, headers=one.headers) as response:
                    assert response.status < 300, await response.text()

    async def apply(self) -> None:
        """Work off the inbox, also what waits to be tried again."""
        while await apply_psp_events(self.world.run, self.world.psps):
            pass

    async def arrive(self, deliveries: Sequence[Delivery]) -> None:
        """Deliver each and apply it before the next one comes."""
        for one in deliveries:
            await self.deliver([one])
            await self.apply()

    async def settle(self) -> None:
        """Go to the next day, and import the statements of all days that are over since."""
        today = datetime.combine(self.world.now.date(), time.min, tzinfo=NEW_YEAR.tzinfo)
        await self.world.advance(today + DAY)
        until = self.world.now.date()
        for raw in await self._statements(self.since, until):
            new = NewSettlement(psp_account=ACCOUNT, raw=BytesIO(raw), seller_code="nordic")
            await import_settlement(self.world.run, _OF[self.dialect].connector, new)
        await match_settlement(self.world.run, psp_account=ACCOUNT)
        self.since = until

    async def _statements(self, since: date, until: date) -> list[bytes]:
        match self.dialect:
            case "stripe" | "sandbox":
                span = {"from": _midnight(since), "to": _midnight(until)}
                asked = {"provider": ACCOUNT, "currency": "EUR", **span}
                found = await self.world.simulator.statement(**asked)
                return [found] if found else []
            case "adyen":
                first = 1 + (since - NEW_YEAR.date()).days
                days = range(first, first + (until - since).days)
                reports = [await self._report(day) for day in days]
                return [one for one in reports if one.count(b"\n") > 1]
            case _:
                return [one async for one in self._payouts(since, until)]

    async def _report(self, batch: int) -> bytes:
        name = f"settlement_detail_report_batch_{batch}.csv"
        path = f"reports/download/MerchantAccount/{official.ACCOUNT}/{name}"
        return await self._read(path, {"X-API-Key": official.API_KEY})

    async def _payouts(self, since: date, until: date) -> AsyncIterator[bytes]:
        """Put each payout together as an operator does: itself, its items, what they are about."""
        for payout in (await self._listed("payouts"))[::-1]:
            if not since <= date.fromisoformat(payout["arrival_date"]) < until:
                continue
            items = await self._listed("payout_items", payout=payout["id"])
            export = {
                "payouts": payout,
                "payout_items": items,
                "payments": await self._listed("payments"),
                "refunds": await self._listed("refunds"),
            }
            yield json.dumps(export).encode()

    async def _listed(self, collection: str, **asked: str) -> list[Any]:
        query = urlencode({"limit": "500", **asked})
        headers = {
            "Authorization": f"Bearer {gocardless.TOKEN}",
            "GoCardless-Version": "2015-07-06",
        }
        found = json.loads(await self._read(f"{collection}?{query}", headers))
        listed: list[Any] = found[collection]
        return listed

    async def _read(self, path: str, headers: Mapping[str, str]) -> bytes:
        url = f"http://127.0.0.1:{self.world.simulator.port}/{ACCOUNT}/{path}"
        async with self.world.simulator.session.get(url, headers=headers) as response:
            raw = await response.read()
            assert response.status == 200, raw
            return raw


@asynccontextmanager
async def spoken(url: str, folder: Path, dialect: str) -> AsyncIterator[Seller]:
    """Open a world at a provider of a dialect; what must hold is proven when the block ends."""
    held: list[Delivery] = []
    of = _OF[dialect]
    provider = {
        "dialect": "native" if dialect == "sandbox" else dialect,
        "api_secret": of.api_secret, "webhook_secret": of.webhook_secret,
    }  # fmt: skip
    world_file = write_world(folder, providers={ACCOUNT: provider})
    async with (
        simulator(world_file, folder / "psp") as outside,
        connected(url, size=8, name="scenario") as database,
        HttpClient() as client,
        await AsyncConnection.connect(url, autocommit=True) as connection,
        serving(_post_office(held)) as office,
    ):
        run = Run(database, Keyring(bytes(32)))
        assert await run.knows_key()
        assert await run.begin_sandbox(NEW_YEAR, seed=7)
        run = await run.at_clock()
        await load_catalog(run, shipped_catalog())
        psps = await _connect(run, outside, client, dialect)
        target = {"provider": ACCOUNT, "url": f"{office}/held"}
        await outside.control("webhooks", target)
        async with open_api(Run(database, Keyring(bytes(32))), psps) as api:
            world = World(run=run, psps=psps, simulator=outside, connection=connection, url=url)
            yield Seller(dialect, world, api, held)
        await prove(connection, outside)


def _post_office(held: list[Delivery]) -> web.Application:
    async def take(request: web.Request) -> web.Response:
        names = {"Host", "Content-Length", "User-Agent", "Accept", "Accept-Encoding"}
        headers = {name: text for name, text in request.headers.items() if name not in names}
        held.append(Delivery(headers, await request.read()))
        return web.Response(text="[accepted]")

    application = web.Application()
    application.router.add_post("/held", take)
    return application


async def _connect(run: Run, outside: Simulator, client: HttpClient, dialect: str) -> Gateway:
    of = _OF[dialect]
    base_url = f"http://127.0.0.1:{outside.port}/{ACCOUNT}"
    texts = (of.api_secret, of.webhook_secret)
    new = NewPspAccount(
        code=ACCOUNT,
        psp=dialect,
        settings={
            "base_url": base_url,
            **of.settings,
            **{name: base_url + path for name, path in of.more.items()},
        },
        secrets={name: Secret(text) for name, text in zip(of.secrets, texts, strict=True)},
        call_deadline_ms=CALL_DEADLINE_MS,
    )
    await put_psp_account(run, of.connector, new)
    merchants = await read_merchants(run)
    return Gateway({one.code: Connection(one, of.connector) for one in merchants}, client)


def _midnight(day: date) -> str:
    return datetime.combine(day, time.min, tzinfo=NEW_YEAR.tzinfo).isoformat()
