"""The JSON API of a world, served on a loopback socket and spoken to as a client would.

    buyer = await new_buyer(api)                              # a customer with a card, by their ids
    reply = await api.post("/v1/purchases", order(buyer))     # a new idempotency key each time
    assert (reply.status, reply.body["status"]) == (201, "completed")
    reply = await api.get("/v1/invoices?limit=1")
    reply = await api.send("POST", path, raw=b"…", headers={…})   # anything else

What is posted without a key of its own gets a new one; ``key=None`` sends none.
"""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, NamedTuple

import aiohttp

from ledgerline.api.app import make_app
from ledgerline.base.run import Run
from ledgerline.flows.create_api_key import create_api_key
from ledgerline.payments.model import Psps
from tests.listening import serving_asgi

_NUMBERS: Final = count(1)


class Reply(NamedTuple):
    """One answer of the API; ``body`` is decoded JSON, else bytes."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def refusal(self) -> tuple[int, str]:
        """Return status and code of a problem."""
        return self.status, str(self.body["code"])


@dataclass(frozen=True, slots=True)
class Api:
    """A running API and the key to speak to it with."""

    url: str
    session: aiohttp.ClientSession
    bearer: str

    async def get(self, path: str) -> Reply:
        """Read."""
        return await self.send("GET", path)

    async def raw(self, path: str) -> bytes:
        """Read the bytes of something, undecoded."""
        async with self.session.get(
            f"{self.url}{path}", headers={"Authorization": f"Bearer {self.bearer}"}
        ) as response:
            return await response.read()

    async def post(self, path: str, body: object, *, key: str | None = "new") -> Reply:
        """Send ``body`` as JSON; ``key`` is the idempotency key: a new one, a given one or none."""
        headers = {"Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = f"test-key-{next(_NUMBERS)}" if key == "new" else key
        return await self.send("POST", path, raw=json.dumps(body).encode(), headers=headers)

    async def patch(self, path: str, body: object, **headers: str) -> Reply:
        """Change; ``headers`` are written with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Content-Type"] = "application/json"
        return await self.send("PATCH", path, raw=json.dumps(body).encode(), headers=sent)

    async def send(
        self,
        method: str,
        path: str,
        *,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send anything; ``headers`` may replace the authorization."""
        sent = {"Authorization": f"Bearer {self.bearer}", **(headers or {})}
        url = f"{self.url}{path}"
        async with self.session.request(method, url, data=raw, headers=sent) as response:
            given = await response.read()
            is_json = "json" in response.content_type
            body = json.loads(given) if is_json and given else given  # HEAD has none
            return Reply(response.status, body, response.headers)


class Buyer(NamedTuple):
    """A customer and what they can be charged with, by their ids."""

    customer: str
    payment_method: str


@asynccontextmanager
async def open_api(run: Run, psps: Psps) -> AsyncGenerator[Api]:
    """Serve the API on a free loopback port; ``run`` has no fixed clock."""
    bearer = await create_api_key(run, principal="tests", live=False)
    async with serving_asgi(make_app(run, psps)) as url, aiohttp.ClientSession() as session:
        yield Api(url, session, bearer)


async def new_buyer(api: Api, *, market: str = "DE", token: str = "tok_ok") -> Buyer:
    """Create a customer whose payment method does what ``token`` says."""
    customer = await api.post("/v1/customers", {"market": market, "name": "Erika Beispiel"})
    assert customer.status == 201, customer
    return await add_card(api, customer.body["id"], token=token)


async def add_card(api: Api, customer: str, *, token: str = "tok_ok") -> Buyer:
    """Give a customer a payment method that does what ``token`` says."""
    method = await api.post(
        f"/v1/customers/{customer}/payment_methods",
        {
            "psp_account": "aster",
            "token": f"{token}_{next(_NUMBERS)}",
            "brand": "visa",
            "last4": "4242",
        },
    )
    assert method.status == 201, method
    return Buyer(customer, method.body["id"])


def order(buyer: Buyer, *, plan: str = "individual_monthly", **more: object) -> dict[str, object]:
    """Write the order of a plan that is paid at once."""
    return {
        "customer": buyer.customer,
        "plan": plan,
        "payment_method": buyer.payment_method,
        "trial": False,
        **more,
    }


async def buy(api: Api, buyer: Buyer, *, plan: str = "individual_monthly") -> Any:
    """Buy a plan and return the purchase."""
    reply = await api.post("/v1/purchases", order(buyer, plan=plan))
    assert reply.status == 201, reply
    return reply.body
