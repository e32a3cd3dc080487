"""Set-ups over the API: what is shown while a payer is waited for, and what they end in."""

from typing import Any, Final

import aiohttp

from tests.flow_world import World
from tests.scenarios.api_client import Api, new_buyer

BACK: Final = "https://shop.example/done"
PATH: Final = "/v1/payment_method_setups"


async def _answer(url: str, answer: str) -> None:
    async with (
        aiohttp.ClientSession() as browser,
        browser.post(url, data={"answer": answer}, allow_redirects=False) as end,
    ):
        assert end.status == 303


def _asked(customer: str, token: str | None, **more: object) -> dict[str, Any]:
    given: dict[str, Any] = {"customer": customer, "return_url": BACK}
    if token is not None:
        given |= {"psp_account": "aster", "token": token, "brand": "visa", "last4": "4242"}
    return given | more


async def test_a_card_is_set_up_with_its_payer_and_buys_a_trial(api: Api, world: World) -> None:
    customer = (await new_buyer(api)).customer
    body = _asked(customer, "tok_challenge_api_1", make_default=True)
    begun = await api.post(PATH, body, key="set-up-1")
    assert (begun.status, begun.body["status"]) == (202, "requires_action")
    assert (begun.body["payment_method"], begun.body["decline"]) == (None, None)
    where = f"{PATH}/{begun.body['id']}"
    assert begun.headers["location"] == where
    # a repeat says the same, and another body under the key is refused
    assert (await api.post(PATH, body, key="set-up-1")).body == begun.body
    other = await api.post(PATH, _asked(customer, "tok_ok_api_9"), key="set-up-1")
    assert other.refusal == (422, "idempotency_key_reused")
    waiting = await api.post(f"{where}/confirm", {})
    assert waiting.body["next_action"] == begun.body["next_action"]
    # when the payer passed and is back
    await _answer(begun.body["next_action"]["url"], "pass")
    done = await api.post(f"{where}/confirm", {}, key="back-1")
    assert (done.status, done.body["status"], done.body["next_action"]) == (200, "succeeded", None)
    assert (await api.get(where)).body == done.body
    # then there is a method, the default, that begins a trial, and nothing was charged
    method = done.body["payment_method"]
    default = (await api.get(f"/v1/customers/{customer}/default_payment_method")).body
    assert default["payment_method"] == method
    order = {"customer": customer, "plan": "individual_monthly", "trial": True}
    bought = await api.post("/v1/purchases", order)
    assert (bought.status, bought.body["subscription_status"]) == (201, "trialing")
    assert await world.value("SELECT count(*) FROM attempt") == 0


async def test_a_refused_card_says_why_and_a_page_may_be_given_up(api: Api) -> None:
    customer = (await new_buyer(api)).customer
    refused = await api.post(PATH, _asked(customer, "tok_decline_lost_card_api_2"))
    # in Germany its payer is asked first
    assert refused.status == 202
    await _answer(refused.body["next_action"]["url"], "pass")
    ended = (await api.post(f"{PATH}/{refused.body['id']}/confirm", {})).body
    assert (ended["status"], ended["decline"]["reason"]) == ("failed", "lost_or_stolen")
    assert ended["payment_method"] is None
    page = await api.post(PATH, _asked(customer, None))
    assert (page.status, page.body["status"]) == (202, "requires_action")
    given_up = await api.post(f"{PATH}/{page.body['id']}/cancel", {}, key="enough")
    assert (given_up.status, given_up.body["status"]) == (200, "not_executed")
    # and both are listed, and in what is held of the customer
    listing = f"/v1/customers/{customer}/payment_method_setups?limit=1"
    first = (await api.get(listing)).body
    rest = (await api.get(f"{listing}&after={first['next']}")).body
    assert (first["has_more"], rest["has_more"]) == (True, False)
    by_id = {one["id"]: one for one in [*first["data"], *rest["data"]]}
    assert by_id == {one["id"]: one for one in (ended, given_up.body)}
    held = (await api.get(f"/v1/customers/{customer}/export?section=payment_method_setups")).body
    [section] = held["sections"]
    assert {(one["id"], one["state"]) for one in section["rows"]} == {
        (ended["id"], "failed"), (given_up.body["id"], "not_executed"),
    }  # fmt: skip
    assert given_up.body["canceled"] is not None
    assert (await api.post(f"{PATH}/{page.body['id']}/cancel", {})).body == given_up.body


async def test_what_cannot_be_set_up_is_refused_with_where(api: Api) -> None:
    customer = (await new_buyer(api)).customer
    lonely = await api.post(PATH, {"customer": customer, "token": "tok_ok_1"})
    assert lonely.refusal == (422, "payment_method_setup_incomplete")
    nowhere = await api.post(PATH, _asked(customer, "tok_ok_1", psp_account="nobody"))
    assert nowhere.refusal == (422, "psp_account_not_found")
    data = {"customer": customer, "psp_account": "aster", "payment_data": "{}"}
    assert (await api.post(PATH, data)).refusal == (409, "payment_method_setup_not_offered")
    card = await api.post(PATH, _asked(customer, "4242424242424242"))
    assert card.refusal == (422, "card_number_refused")
    missing = await api.get(f"{PATH}/pms_01h455vb4pex5vsknk084sn02q")
    assert missing.refusal == (404, "payment_method_setup_not_found")
