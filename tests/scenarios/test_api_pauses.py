"""Pause and resume over the API: what a preview says happens, and a refusal changes nothing."""

from datetime import timedelta
from typing import Any

from tests.flow_world import World
from tests.scenarios.api_client import Api, add_card, new_buyer, order


async def _paused(api: Api, world: World) -> tuple[Any, str]:
    buyer = await new_buyer(api)
    bought = await api.post("/v1/purchases", order(buyer))
    path = f"/v1/subscriptions/{bought.body['subscription']}"
    await world.advance(world.now + timedelta(days=3))
    preview = (await api.post(f"{path}/pause", {"validate_only": True})).body
    paused = await api.post(f"{path}/pause", {})
    assert (paused.status, paused.body["status"]) == (200, "paused")
    assert paused.body["ends_on"] == preview["ends_on"]
    assert paused.body["next_charge_at"] is None
    credit = (await api.get(f"/v1/customers/{buyer.customer}/credit")).body
    assert [one["left"] for one in credit["data"]] == [preview["credited"]]
    return buyer, path


async def test_a_pause_and_its_end_are_what_their_previews_said(api: Api, world: World) -> None:
    _, path = await _paused(api, world)
    again = await api.post(f"{path}/pause", {})
    assert (again.status, again.body["code"]) == (409, "change_refused")
    await world.advance(world.now + timedelta(days=40))
    body = {"anchor": "restart"}
    preview = (await api.post(f"{path}/resume", {**body, "validate_only": True})).body
    resumed = await api.post(f"{path}/resume", body)
    assert (resumed.status, resumed.body["status"]) == (200, "active")
    assert resumed.body["ends_on"] is None
    [line] = preview["lines"]
    assert resumed.body["period"] == line["period"]
    assert (
        preview["due_now"]["amount"] == line["total"]["amount"] - preview["from_credit"]["amount"]
    )
    # and what runs cannot be resumed
    again = await api.post(f"{path}/resume", body)
    assert (again.status, again.body["code"]) == (409, "not_paused")


async def test_a_card_that_is_refused_leaves_it_paused(api: Api, world: World) -> None:
    buyer, path = await _paused(api, world)
    await world.advance(world.now + timedelta(days=40))
    card = await add_card(api, buyer.customer, token="tok_decline_expired_card")
    await api.post(f"{path}/payment_method", {"payment_method": card.payment_method})
    refused = await api.post(f"{path}/resume", {"anchor": "restart"})
    assert refused.status == 402
    assert (await api.get(path)).body["status"] == "paused"
    # by a good card it goes on, and the credit pays its part
    good = await add_card(api, buyer.customer)
    await api.post(f"{path}/payment_method", {"payment_method": good.payment_method})
    resumed = await api.post(f"{path}/resume", {"anchor": "restart"})
    assert (resumed.status, resumed.body["status"]) == (200, "active")
    credit = (await api.get(f"/v1/customers/{buyer.customer}/credit")).body
    assert [one["left"]["amount"] for one in credit["data"]] == [0]
