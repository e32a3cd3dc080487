"""A mandate over the API: stored with what its payer accepted, shown as its provider tells it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from ledgerline.base.crypto import Keyring
from ledgerline.base.http import HttpClient
from ledgerline.base.run import Run
from ledgerline.flows.do_due_work import do_due_work
from ledgerline.payments.adapters.gateway import Gateway
from tests.flow_world import World
from tests.scenarios.api_client import Api, open_api
from tests.scenarios.debits import BY_US, act_there, open_debit_world

BACK = "https://shop.example/done"
ACCEPTED = {"text_version": "2026-1", "accepted_at": "2025-12-31T12:00:00Z", "notice_days": 3}


@pytest_asyncio.fixture(loop_scope="session")
async def world(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_debit_world(fresh_database_url, tmp_path) as opened:
        yield opened


async def _stored(api: Api, token: str) -> str:
    customer = await api.post("/v1/customers", {"market": "DE", "name": "Erika Beispiel"})
    path = f"/v1/customers/{customer.body['id']}/payment_methods"
    body = {"psp_account": BY_US, "token": token, "brand": "sepa_core", "last4": "4242"}
    stored = await api.post(path, {**body, "mandate": ACCEPTED})
    assert stored.status == 201, stored
    assert stored.body["mandate"]["status"] == "unknown"
    return path


async def test_mandate_is_shown_as_its_provider_tells_it(world: World) -> None:
    token = "MDtok_ok_shown"
    async with open_api(Run(world.run.database, Keyring(bytes(32))), world.psps) as api:
        path = await _stored(api, token)
        await do_due_work(world.run, world.psps)
        [shown] = (await api.get(path)).body["data"]
        assert shown["mandate"] == {
            "status": "active", "scheme": "sepa_core", "reference": "ok_shown", "notice_days": 3,
            "text_version": "2026-1", "accepted_at": "2025-12-31T12:00:00Z",
            "last_debit_on": None, "lapses_on": "2028-12-31",
        }  # fmt: skip
        # when it is cancelled there
        await act_there(world, BY_US, token, "cancel")
        await do_due_work(world.run, world.psps)  # on a clock that stands still a look decides
        [shown] = (await api.get(path)).body["data"]
        assert shown["mandate"]["status"] == "canceled"
        # then it buys nothing
        customer = path.split("/")[3]
        refused = await api.post(
            "/v1/purchases",
            {"customer": customer, "plan": "individual_monthly", "payment_method": shown["id"]},
        )
        assert refused.refusal == (409, "mandate_not_chargeable")


async def test_what_a_process_does_not_know_yet_it_does_not_store(world: World) -> None:
    # given a process that was started before the account was registered: cards, or mandates?
    async with HttpClient() as client:
        old = Gateway({}, client)
        async with open_api(Run(world.run.database, Keyring(bytes(32))), old) as api:
            customer = await api.post("/v1/customers", {"market": "DE", "name": "Erika Beispiel"})
            path = f"/v1/customers/{customer.body['id']}/payment_methods"
            body = {"psp_account": BY_US, "token": "MD1", "brand": "sepa_core", "last4": "4242"}
            refused = await api.post(path, body, key="not-known")
            assert refused.refusal == (503, "psp_account_not_loaded")
            assert refused.headers["retry-after"] == "30"
            asked = {"customer": customer.body["id"], "psp_account": BY_US, "return_url": BACK}
            begun = await api.post("/v1/payment_method_setups", asked)
            assert begun.refusal == (503, "psp_account_not_loaded")
            nobody = await api.post(path, {**body, "psp_account": "nobody"})
            assert nobody.refusal == (422, "psp_account_not_found")
    assert await world.value("SELECT count(*) FROM instrument") == 0
    # one that knows it takes the same request, under the same key
    async with open_api(Run(world.run.database, Keyring(bytes(32))), world.psps) as api:
        stored = await api.post(path, body, key="not-known")
        assert (stored.status, stored.body["mandate"]["status"]) == (201, "unknown")
