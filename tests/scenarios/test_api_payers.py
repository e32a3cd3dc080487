"""Payers mend what they owe over the API: they look, pay, choose another card, drop the old one."""

from datetime import timedelta
from typing import Any

from tests.flow_world import World
from tests.scenarios.api_client import Api, Buyer, add_card, new_buyer, order


async def _late(api: Api, world: World, token: str) -> tuple[Buyer, Any, str]:
    """Let a trial end with a card that is refused; return the purchase and the open invoice."""
    buyer = await new_buyer(api, token=token)
    bought = await api.post("/v1/purchases", order(buyer, trial=True))
    assert bought.status == 201, bought
    purchase = bought.body
    await world.advance(world.now + timedelta(days=32))
    open_ones = await api.get(f"/v1/invoices?customer={buyer.customer}&status=open")
    [invoice] = open_ones.body["data"]
    return buyer, purchase, invoice["id"]


async def test_an_open_invoice_is_paid_by_another_card_in_one_request(
    api: Api, world: World
) -> None:
    # given a trial that ended with an expired card
    buyer, purchase, invoice = await _late(api, world, "tok_decline_expired_card")
    subscription = f"/v1/subscriptions/{purchase['subscription']}"
    assert (await api.get(subscription)).body["status"] == "past_due"
    # when the payer tries it once more
    pay = f"/v1/invoices/{invoice}/pay"
    refused = await api.post(pay, {})
    # then they are told what may help, and nothing has changed
    assert (refused.status, refused.body["code"]) == (402, "payment_declined")
    assert refused.body["decline"]["retry"] == "other_method"
    assert (await api.get(subscription)).body["status"] == "past_due"
    # when they add a card, look, and pay
    card = (await add_card(api, buyer.customer)).payment_method
    preview = await api.post(pay, {"payment_method": card, "validate_only": True})
    assert (preview.status, preview.body["total"]) == (200, {"amount": 1199, "currency": "EUR"})
    assert (preview.body["payment_method"], preview.body["last4"]) == (card, "4242")
    paid = await api.post(pay, {"payment_method": card}, key="pay-by-payer")
    # then it is paid and everything runs
    assert (paid.status, paid.body["status"]) == (200, "succeeded")
    assert [one["initiator"] for one in paid.body["attempts"]] == [
        "merchant", "customer", "customer",
    ]  # fmt: skip
    assert (await api.get(subscription)).body["status"] == "active"
    assert (await api.post(pay, {"payment_method": card}, key="pay-by-payer")).body == paid.body
    assert (await api.post(pay, {})).refusal == (409, "invoice_not_payable")
    # and the old card may go
    detached = await api.post(f"/v1/payment_methods/{buyer.payment_method}/detach", {})
    assert (detached.status, detached.body["detached"]) == (200, True)
    left = await api.get(f"/v1/customers/{buyer.customer}/payment_methods")
    assert [one["id"] for one in left.body["data"]] == [card]


async def test_a_subscription_is_charged_by_the_card_that_its_payer_chooses(
    api: Api, world: World
) -> None:
    # given what waits for its payer
    buyer, purchase, invoice = await _late(api, world, "tok_decline_stolen_card")
    subscription = f"/v1/subscriptions/{purchase['subscription']}"
    in_use = await api.post(f"/v1/payment_methods/{buyer.payment_method}/detach", {})
    assert in_use.refusal == (409, "payment_method_in_use")
    assert in_use.body["facts"] == {"subscription": purchase["subscription"]}
    # when another card is chosen
    card = (await add_card(api, buyer.customer)).payment_method
    chosen = await api.post(f"{subscription}/payment_method", {"payment_method": card})
    assert (chosen.status, chosen.body["payment_method"]) == (200, card)
    # then the machine tries it at once
    await world.advance(world.now + timedelta(days=1))
    assert (await api.get(f"/v1/invoices/{invoice}")).body["status"] == "paid"
    assert (await api.get(subscription)).body["status"] == "active"
    # and nobody pays by a card of somebody else, or for what is not there
    stranger = await new_buyer(api)
    theirs = {"payment_method": stranger.payment_method}
    other = await api.post(f"{subscription}/payment_method", theirs)
    assert other.refusal == (404, "payment_method_not_found")
    nothing = await api.post("/v1/invoices/inv_01h455vb4pex5vsknk084sn02q/pay", {})
    assert nothing.refusal == (404, "invoice_not_found")


async def test_nobody_knows_yet_is_no_refusal(api: Api, world: World) -> None:
    # given a provider that takes the money and says nothing
    buyer, _, invoice = await _late(api, world, "tok_decline_expired_card")
    card = (await add_card(api, buyer.customer, token="tok_hang_after")).payment_method
    # when
    reply = await api.post(f"/v1/invoices/{invoice}/pay", {"payment_method": card})
    # then it is under way, and nobody tries beside it
    assert (reply.status, reply.body["status"]) == (202, "processing")
    again = await api.post(f"/v1/invoices/{invoice}/pay", {})
    assert again.refusal == (409, "payment_in_progress")
    # and once it is known it is paid
    await world.advance(world.now + timedelta(days=1))
    assert (await api.get(f"/v1/invoices/{invoice}")).body["status"] == "paid"
