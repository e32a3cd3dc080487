"""The whole site of a world, API and pages, with checkouts to open.

link = await site.checkout(token="…")      # a buyer and the address of a page for them
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest_asyncio

from ledgerline.access.contract import Provider
from ledgerline.base.run import Run
from ledgerline.flows.create_api_key import create_api_key
from ledgerline.payments.model import Psps
from ledgerline.serving import make_site
from tests.flow_world import World
from tests.listening import serving_asgi
from tests.scenarios.api_client import Api


@dataclass(frozen=True, slots=True)
class Site:
    """A running site."""

    api: Api

    @property
    def url(self) -> str:
        """Return its origin."""
        return self.api.url

    async def session(
        self,
        *,
        market: str = "DE",
        plan: str = "individual_monthly",
        trial: bool = False,
        locale: str | None = None,
        email: str = "clara.neumann@mail.example",
        **more: object,
    ) -> Any:
        """Open a checkout for a new customer and return the session."""
        person: dict[str, object] = {
            "market": market,
            "name": "Clara Neumann",
            "email": email,
        }
        if locale is not None:
            person["locale"] = locale
        customer = await self.api.post("/v1/customers", person)
        assert customer.status == 201, customer
        body = {"customer": customer.body["id"], "plan": plan, "trial": trial, **more}
        opened = await self.api.post("/v1/checkout_sessions", body)
        assert opened.status == 201, opened
        return opened.body

    async def portal(self, customer: str, **said: object) -> str:
        """Make a link into the portal of a customer and return its address below the origin."""
        made = await self.api.post(f"/v1/customers/{customer}/portal_links", dict(said))
        assert made.status == 201, made
        return str(made.body["url"])

    async def status(self, session: Any) -> str:
        """Say what the API says of a session now."""
        return str((await self.api.get(f"/v1/checkout_sessions/{session['id']}")).body["status"])


@asynccontextmanager
async def open_site(
    world: World, psps: Psps | None = None, provider: Provider | None = None
) -> AsyncGenerator[Site]:
    """Serve a world's site on a free loopback port, through its gateway or another one."""
    run = Run(world.run.database, world.run.keyring)
    bearer = await create_api_key(run, principal="tests", live=False)
    pages = make_site(run, psps or world.psps, provider)
    async with serving_asgi(pages) as url, aiohttp.ClientSession() as session:
        yield Site(Api(url, session, bearer))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(world: World) -> AsyncIterator[Site]:
    """Serve the world of a module."""
    async with open_site(world) as serving:
        yield serving
