"""Payers act over the API: they are sent away, come back, and are told how it ended."""

from datetime import timedelta
from typing import Any, Final

import aiohttp

from ledgerline.base.ids import PREFIXES, PaymentId, decode
from tests.flow_world import World
from tests.scenarios.api_client import Api, new_buyer, order

BACK: Final = "https://shop.example/done"


def _id(bought: dict[str, Any]) -> PaymentId:
    return PaymentId(decode(PREFIXES["payment"], bought["payment"]))


async def _answer(url: str, answer: str) -> str | None:
    async with (
        aiohttp.ClientSession() as browser,
        browser.post(url, data={"answer": answer}, allow_redirects=False) as end,
    ):
        return end.headers.get("location")


async def _started(api: Api) -> tuple[dict[str, Any], dict[str, Any]]:
    buyer = await new_buyer(api, token="tok_challenge")
    body = {**order(buyer), "return_url": BACK}
    bought = await api.post("/v1/purchases", body, key=f"buy-{buyer.customer}")
    assert (bought.status, bought.body["status"]) == (202, "processing"), bought
    action = bought.body["next_action"]
    assert action["type"] == "redirect"
    # a repeat says the same, and so does whoever looks
    again = await api.post("/v1/purchases", body, key=f"buy-{buyer.customer}")
    assert (again.status, again.body["next_action"]) == (202, action)
    payment = await api.get(f"/v1/payments/{bought.body['payment']}")
    assert payment.body["next_action"] == action
    assert [one["status"] for one in payment.body["attempts"]] == ["requires_action"]
    return bought.body, action


async def test_a_buyer_acts_comes_back_and_has_bought(api: Api, world: World) -> None:
    bought, action = await _started(api)
    purchase, confirm = (
        f"/v1/purchases/{bought['id']}",
        f"/v1/payments/{bought['payment']}/confirm",
    )
    # when the page is asked before the buyer has acted, nothing has changed
    waiting = await api.post(confirm, {})
    assert (waiting.status, waiting.body["status"]) == (200, "processing")
    assert waiting.body["next_action"] == action
    # when they pass and are back
    assert (await _answer(action["url"], "pass") or "").startswith(BACK + "?charge=")
    done = await api.post(confirm, {}, key="back")
    assert (done.status, done.body["status"], done.body["next_action"]) == (200, "succeeded", None)
    found = (await api.get(purchase)).body
    assert (found["status"], found["next_action"]) == ("completed", None)
    [attempt] = done.body["attempts"]
    how = attempt["authentication"]
    assert (how["status"], how["challenged"], how["version"]) == ("Y", True, "2.2.0")
    # and loading the page again changes nothing
    assert (await api.post(confirm, {}, key="back")).body == done.body
    assert await world.captures(_id(bought)) == [1_199]


async def test_a_buyer_who_refuses_is_told_so(api: Api) -> None:
    bought, action = await _started(api)
    await _answer(action["url"], "fail")
    await api.post(f"/v1/payments/{bought['payment']}/confirm", {})
    found = (await api.get(f"/v1/purchases/{bought['id']}")).body
    assert (found["status"], found["decline"]["reason"]) == ("failed", "authentication_failed")
    assert found["decline"]["retry"] == "authenticate"


async def test_a_buyer_who_is_gone_or_gives_up_owes_nothing(api: Api, world: World) -> None:
    left, _ = await _started(api)
    gone, action = await _started(api)
    # when one gives up, and the other leaves the page open
    given = await api.post(f"/v1/purchases/{gone['id']}/withdraw", {})
    assert (given.status, given.body["status"]) == (200, "failed")
    await world.advance(world.now + timedelta(minutes=40))
    # then both are free, and the page leads nowhere
    for one in (left, gone):
        assert (await api.get(f"/v1/purchases/{one['id']}")).body["status"] == "failed"
        assert await world.captures(_id(one)) == []
    await _answer(action["url"], "pass")
    assert await world.captures(_id(gone)) == []


async def test_what_is_asked_for_is_checked(api: Api) -> None:
    buyer = await new_buyer(api)
    for return_url in ("javascript:alert(1)", "shop.example", "https://a b", "ftp://a.example/"):
        refused = await api.post("/v1/purchases", {**order(buyer), "return_url": return_url})
        assert (refused.status, refused.body["code"]) == (422, "invalid_value"), return_url
    nobody = "pay_01h455vb4pex5vsknk084sn02q"
    assert (await api.post(f"/v1/payments/{nobody}/confirm", {})).status == 404
    bought = await api.post("/v1/purchases", order(buyer))
    odd = await api.post(f"/v1/payments/{bought.body['payment']}/confirm", {"result": "ü" * 3})
    assert odd.status == 422
    # and what is over stays as it is
    over = await api.post(f"/v1/payments/{bought.body['payment']}/confirm", {"result": "anything"})
    assert (over.status, over.body["status"]) == (200, "succeeded")


async def test_a_payment_can_be_read_though_its_action_cannot(api: Api, world: World) -> None:
    bought, _ = await _started(api)
    # given what another key sealed
    await world.write(
        "UPDATE attempt SET action_sealed = set_byte(action_sealed, 20, 1 # get_byte(action_sealed,"
        " 20)) WHERE payment_id = %s",
        _id(bought),
    )
    for path in (f"/v1/purchases/{bought['id']}", f"/v1/payments/{bought['payment']}"):
        found = await api.get(path)
        assert (found.status, found.body["status"]) == (200, "processing")
        assert found.body["next_action"] is None
