"""Failures of ours over the API: nobody is told that their bank refused."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

import pytest_asyncio

from ledgerline.base.http import HttpClient
from ledgerline.flows.put_psp_account import read_merchants
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.contract import Secret
from ledgerline.payments.model import Psps
from tests.flow_world import World
from tests.relayed_psps import Relayed
from tests.scenarios.api_client import Api, new_buyer, open_api, order

WRONG: Final = {"api_secret": Secret("wrong"), "webhook_secret": Secret("wrong")}


@dataclass(slots=True)
class Switched(Relayed):
    """A gateway whose credentials are right or wrong, as a test wants."""

    right: Psps
    wrong: Psps

    def turn(self, *, right: bool) -> None:
        """Use the right or the wrong credentials from now on."""
        self.gateway = self.right if right else self.wrong


@asynccontextmanager
async def _switched(world: World) -> AsyncIterator[Switched]:
    async with HttpClient() as client:
        connections = {
            one.code: Connection(replace(one, secrets=WRONG), Sandbox())
            for one in await read_merchants(world.run)
        }
        yield Switched(world.psps, world.psps, Gateway(connections, client))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def psps(world: World) -> AsyncIterator[Switched]:
    async with _switched(world) as switched:
        yield switched


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def api(world: World, psps: Switched) -> AsyncIterator[Api]:
    async with open_api(world.run, psps) as opened:
        yield opened


async def test_a_purchase_with_wrong_credentials_is_503_and_the_same_key_buys_later(
    api: Api, psps: Switched
) -> None:
    # given an operator who mistyped a secret
    buyer = await new_buyer(api)
    psps.turn(right=False)
    # when somebody buys, twice
    asked = order(buyer, external_id="order-1")
    refused = [await api.post("/v1/purchases", asked, key="mistyped") for _ in range(2)]
    # then it is not their bank, and they may ask again with the same key
    assert [one.refusal for one in refused] == [(503, "provider_unavailable")] * 2
    assert [one.headers["Retry-After"] for one in refused] == ["60", "60"]
    # and once it is mended the same request buys
    psps.turn(right=True)
    bought = await api.post("/v1/purchases", asked, key="mistyped")
    assert bought.status == 201, bought
    again = await api.post("/v1/purchases", asked, key="mistyped")
    assert again.body == bought.body
    payments = (await api.get(f"/v1/payments?customer={buyer.customer}")).body["data"]
    assert [one["status"] for one in payments].count("succeeded") == 1


async def test_a_change_with_wrong_credentials_is_503_and_the_same_key_changes_later(
    api: Api, psps: Switched
) -> None:
    psps.turn(right=True)
    bought = await api.post("/v1/purchases", order(await new_buyer(api)))
    path = f"/v1/subscriptions/{bought.body['subscription']}/change"
    asked = {"plan": "family_monthly", "when": "now"}
    psps.turn(right=False)
    refused = await api.post(path, asked, key="change-mistyped")
    assert refused.refusal == (503, "provider_unavailable")
    psps.turn(right=True)
    changed = await api.post(path, asked, key="change-mistyped")
    assert (changed.status, changed.body["plan"]) == (200, "family_monthly")


async def test_a_refund_with_wrong_credentials_is_accepted_and_waits(
    api: Api, psps: Switched
) -> None:
    psps.turn(right=True)
    bought = await api.post("/v1/purchases", order(await new_buyer(api)))
    psps.turn(right=False)
    body = {"payment": bought.body["payment"], "reason": "sorry"}
    refund = await api.post("/v1/refunds", body, key="refund-mistyped")
    assert (refund.status, refund.body["status"]) == (202, "processing")
    again = await api.post("/v1/refunds", body, key="refund-mistyped")
    assert (again.status, again.body["id"]) == (202, refund.body["id"])


async def test_what_the_provider_says_of_coming_back_is_passed_on(
    api: Api, psps: Switched, world: World
) -> None:
    # given a provider that takes no more requests for a moment, and says for how long
    psps.turn(right=True)
    buyer = await new_buyer(api, token="tok_anybody")
    bought = await api.post("/v1/purchases", order(await new_buyer(api, token="tok_anybody")))
    path = f"/v1/subscriptions/{bought.body['subscription']}/change"
    asked = {"plan": "family_monthly", "when": "now"}
    rates = {"provider": "aster", "rates": {"rate_limit": 1_000_000}}
    await world.simulator.control("faults", rates)
    # when somebody buys, and somebody changes
    refused = [
        await api.post("/v1/purchases", order(buyer), key="too-many"),
        await api.post(path, asked, key="change-too-many"),
    ]
    # then they are told to come back as soon as it takes some, and do
    assert [one.refusal for one in refused] == [(503, "provider_unavailable")] * 2
    assert [one.headers["Retry-After"] for one in refused] == ["1", "1"]
    await world.simulator.control("faults", {"provider": "aster", "rates": {"rate_limit": 0}})
    assert (await api.post("/v1/purchases", order(buyer), key="too-many")).status == 201
    assert (await api.post(path, asked, key="change-too-many")).status == 200
