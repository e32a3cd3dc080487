"""External ids over the API: one object of a kind each, looked up and never scanned for."""

from typing import Any, Final

from tests.flow_world import World
from tests.scenarios.api_client import Api, new_buyer, order

TAKEN: Final = (409, "external_id_taken")


async def test_a_customer_is_found_by_an_external_id_that_no_other_may_have(api: Api) -> None:
    # given a customer with an external id
    first = await _customer(api, external_id="crm-1")
    assert await _found(api, "/v1/customers?external_id=crm-1") == [first["id"]]
    assert await _found(api, "/v1/customers?external_id=crm-0") == []
    # when another wants it, at creation or later
    made = await api.post("/v1/customers", {"market": "DE", "external_id": "crm-1"})
    second = await _customer(api)
    path = f"/v1/customers/{second['id']}"
    patched = await api.patch(path, {"version": 1, "external_id": "crm-1"})
    # then both are refused, and nothing changed
    assert (made.refusal, patched.refusal) == (TAKEN, TAKEN)
    assert (await api.get(path)).body == second
    # and once its owner has another one it is free
    own = await api.patch(f"/v1/customers/{first['id']}", {"version": 1, "external_id": "crm-2"})
    assert (own.status, own.body["external_id"]) == (200, "crm-2")
    patched = await api.patch(path, {"version": 1, "external_id": "crm-1"})
    assert patched.status == 200, patched
    assert await _found(api, "/v1/customers?external_id=crm-1") == [second["id"]]
    assert await _found(api, "/v1/customers?external_id=crm-2") == [first["id"]]
    # and null gives it back
    assert (await api.patch(path, {"version": 2, "external_id": None})).status == 200
    assert await _found(api, "/v1/customers?external_id=crm-1") == []


async def test_objects_of_different_kinds_may_have_the_same_external_id(api: Api) -> None:
    # given a customer, a card and a subscription of one name
    customer = await _customer(api, external_id="42")
    cards = f"/v1/customers/{customer['id']}/payment_methods"
    card = {"psp_account": "aster", "token": "tok_ok_42", "brand": "visa", "last4": "4242"}
    method = (await api.post(cards, {**card, "external_id": "42"})).body
    wanted = {
        "customer": customer["id"], "plan": "individual_monthly", "payment_method": method["id"],
        "trial": False, "external_id": "42",
    }  # fmt: skip
    bought = await api.post("/v1/purchases", wanted)
    assert bought.status == 201, bought
    subscription = bought.body["subscription"]
    # then each is found under its own kind, where the other filters hold too
    assert await _found(api, "/v1/customers?external_id=42") == [customer["id"]]
    assert await _found(api, f"{cards}?external_id=42") == [method["id"]]
    found = "/v1/subscriptions?external_id=42"
    assert await _found(api, found) == [subscription]
    assert await _found(api, f"{found}&status=active&customer={customer['id']}") == [subscription]
    assert await _found(api, f"{found}&status=canceled") == []
    other = await new_buyer(api)
    assert await _found(api, f"{found}&customer={other.customer}") == []
    strangers = f"/v1/customers/{other.customer}/payment_methods?external_id=42"
    assert await _found(api, strangers) == []
    # and a second card or subscription may not have it, whosever it is
    path = f"/v1/customers/{other.customer}/payment_methods"
    refused = await api.post(path, {**card, "token": "tok_ok_43", "external_id": "42"})
    assert refused.refusal == TAKEN
    refused = await api.post("/v1/purchases", order(other, external_id="42"))
    assert refused.refusal == TAKEN
    assert await _found(api, f"/v1/subscriptions?customer={other.customer}") == []
    bought = await api.post("/v1/purchases", order(other))
    path = f"/v1/subscriptions/{bought.body['subscription']}"
    seen = (await api.get(path)).body["version"]
    assert (await api.patch(path, {"version": seen, "external_id": "42"})).refusal == TAKEN
    assert (await api.patch(path, {"version": seen, "external_id": "43"})).status == 200


async def test_what_is_looked_up_has_one_page(api: Api, world: World) -> None:
    await _customer(api, external_id="crm-9")
    await _customer(api)
    following = (await api.get("/v1/customers?limit=1")).body["next"]
    for path in ("/v1/customers", "/v1/subscriptions"):
        refused = await api.get(f"{path}?external_id=crm-9&after={following}")
        assert refused.refusal == (400, "invalid_cursor")
    assert (await api.get("/v1/customers?external_id=a%20b")).refusal == (422, "invalid_value")
    assert await world.value("SELECT count(*) FROM global_key WHERE kind = 'external_id'") > 0


async def _customer(api: Api, **fields: object) -> dict[str, Any]:
    made = await api.post("/v1/customers", {"market": "DE", **fields})
    assert made.status == 201, made
    body: dict[str, Any] = made.body
    return body


async def _found(api: Api, path: str) -> list[str]:
    reply = await api.get(path)
    assert reply.status == 200, reply
    return [one["id"] for one in reply.body["data"]]
