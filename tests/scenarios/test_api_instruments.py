"""A card that can be charged at several merchant accounts, over the API."""

from collections.abc import Mapping
from typing import Any, Final

from ledgerline.flows.switch_psp_account import switch_psp_account
from ledgerline.payments.model import AccountStatus
from tests.flow_world import World
from tests.scenarios.api_client import Api, new_buyer

TOKEN: Final[Mapping[str, Any]] = {"psp_account": "boreal", "token": "tok_ok_b", "last4": "4242"}


async def test_a_card_gets_a_token_at_another_account_once(api: Api) -> None:
    buyer = await new_buyer(api)
    path = f"/v1/payment_methods/{buyer.payment_method}/instruments"
    # when its token at another account is stored, and the answer is asked for again
    stored = await api.post(path, TOKEN, key="other-account")
    again = await api.post(path, TOKEN, key="other-account")
    # then it can be charged at both
    assert (stored.status, stored.body) == (again.status, again.body)
    assert stored.status == 201
    assert stored.body["psp_accounts"] == ["aster", "boreal"]
    assert stored.body["psp_account"] == "aster"
    listed = await api.get(f"/v1/customers/{buyer.customer}/payment_methods")
    assert [one["psp_accounts"] for one in listed.body["data"]] == [["aster", "boreal"]]


async def test_what_cannot_be_a_token_of_this_card_is_refused(api: Api, world: World) -> None:
    buyer, other = await new_buyer(api), await new_buyer(api)
    path = f"/v1/payment_methods/{buyer.payment_method}/instruments"
    token = {**TOKEN, "token": "tok_ok_mine"}
    known = {**token, "card": {"bin": "424242"}}
    # given one that is stored
    assert (await api.post(path, known)).status == 201
    held = await world.value("SELECT count(*) FROM instrument")
    for body, refusal in (
        ({**token, "token": "tok_ok_more"}, (409, "instrument_exists")),
        ({**token, "psp_account": "cobalt", "last4": "0005"}, (422, "instrument_contradicts")),
        (
            {**token, "psp_account": "cobalt", "token": "tok_ok_x", "card": {"bin": "511111"}},
            (422, "instrument_contradicts"),
        ),
        ({**token, "psp_account": "nowhere"}, (422, "psp_account_not_found")),
        (token, (409, "instrument_exists")),
    ):
        assert (await api.post(path, body)).refusal == refusal, body
    # and no token belongs to two cards of a customer
    card = {"psp_account": "aster", "token": "tok_ok_z", "brand": "visa", "last4": "4242"}
    second = await api.post(f"/v1/customers/{buyer.customer}/payment_methods", card)
    twice = await api.post(f"/v1/payment_methods/{second.body['id']}/instruments", token)
    assert twice.refusal == (409, "payment_method_known")
    held += 1
    # and nobody takes the token of another customer
    taken = await api.post(f"/v1/payment_methods/{other.payment_method}/instruments", token)
    assert taken.refusal == (409, "payment_token_taken")
    assert await world.value("SELECT count(*) FROM instrument") == held
    # nor is anything stored at an account that is disabled
    await switch_psp_account(world.run, "cobalt", AccountStatus.DISABLED)
    disabled = await api.post(path, {**token, "psp_account": "cobalt", "token": "tok_ok_y"})
    assert disabled.refusal == (422, "psp_account_not_found")
    await switch_psp_account(world.run, "cobalt", AccountStatus.ACTIVE)


async def test_a_method_that_is_gone_takes_no_token(api: Api) -> None:
    buyer = await new_buyer(api)
    token = {**TOKEN, "token": "tok_ok_gone"}
    path = f"/v1/payment_methods/{buyer.payment_method}"
    assert (await api.post(f"{path}/detach", {})).status == 200
    assert (await api.post(f"{path}/instruments", token)).refusal == (
        404, "payment_method_not_found",
    )  # fmt: skip
    # nor that of a customer who was erased
    erased = await new_buyer(api)
    assert (await api.post(f"/v1/customers/{erased.customer}/erase", {})).status == 200
    refused = await api.post(f"/v1/payment_methods/{erased.payment_method}/instruments", token)
    assert refused.status in {404, 410}
