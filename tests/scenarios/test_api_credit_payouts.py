"""Credit is paid out over the API: looked at first, then once, and said wherever it is shown."""

from datetime import timedelta
from typing import Any

from tests.flow_world import World
from tests.scenarios.api_client import Api, Buyer, new_buyer, order


async def _canceled(api: Api, world: World) -> tuple[Buyer, Any]:
    """Buy a year and give it up after a day: the rest is credit."""
    buyer = await new_buyer(api)
    bought = await api.post("/v1/purchases", order(buyer, plan="individual_yearly"))
    assert bought.status == 201, bought
    await world.advance(world.now + timedelta(days=1))
    canceled = await api.post(
        f"/v1/subscriptions/{bought.body['subscription']}/cancel", {"when": "now"}
    )
    assert canceled.status == 200, canceled
    customer = await api.get(f"/v1/customers/{buyer.customer}")
    [credit] = customer.body["credit"]
    return buyer, credit["balance"]


async def test_credit_is_previewed_paid_out_once_and_shown(api: Api, world: World) -> None:
    buyer, balance = await _canceled(api, world)
    path = f"/v1/customers/{buyer.customer}/credit/payouts"
    # when it is looked at
    preview = await api.post(path, {"reason": "asked", "validate_only": True})
    assert preview.status == 200, preview
    [part] = preview.body["parts"]
    assert (part["total"], part["seller"]) == (balance, "nordic")
    # and paid out, twice under one key
    paid = await api.post(path, {"reason": "asked"}, key="pay-out")
    assert paid.status == 202, paid
    [refund] = paid.body["refunds"]
    assert (refund["status"], refund["cause"], refund["total"]) == ("processing", "credit", balance)
    assert (await api.post(path, {"reason": "asked"}, key="pay-out")).body == paid.body
    # then it is no credit any more, and the lot says where it went
    assert (await api.get(f"/v1/customers/{buyer.customer}")).body["credit"] == []
    [lot] = (await api.get(f"/v1/customers/{buyer.customer}/credit")).body["data"]
    [use] = lot["uses"]
    assert (use["invoice"], use["refund"], use["amount"]) == (None, refund["id"], balance)
    assert lot["left"]["amount"] == 0
    payment = (await api.get(f"/v1/payments/{refund['payment']}")).body
    rest = payment["refundable"]["amount"]
    assert rest == payment["total"]["amount"] - balance["amount"]
    # and a worker sends it
    await world.advance(world.now + timedelta(minutes=1))
    done = (await api.get(f"/v1/refunds/{refund['id']}")).body
    assert (done["status"], done["credit_note"]) == ("succeeded", None)
    receipt = await api.get(f"/v1/receipts/{done['receipt']}")
    assert receipt.status == 200
    assert (await api.get(f"/v1/payments/{refund['payment']}")).body["refundable"]["amount"] == rest
    # and there is nothing more to pay out
    nothing = await api.post(path, {"reason": "again"})
    assert nothing.refusal == (409, "credit_not_payable")
    assert nothing.body["facts"] == {"payable_minor": 0}


async def test_what_is_asked_for_is_checked(api: Api, world: World) -> None:
    buyer, balance = await _canceled(api, world)
    path = f"/v1/customers/{buyer.customer}/credit/payouts"
    over = await api.post(path, {"reason": "x", "amount": balance["amount"] + 1})
    assert over.refusal == (409, "credit_not_payable")
    assert over.body["facts"]["payable_minor"] == balance["amount"]
    other = await api.post(path, {"reason": "x", "currency": "USD"})
    assert other.refusal == (409, "credit_not_payable")
    assert (await api.post(path, {"reason": "x", "amount": 0})).status == 422
    assert (await api.post(path, {})).status == 422
    gone = await api.post(
        "/v1/customers/cus_01h455vb4pex5vsknk084sn02q/credit/payouts", {"reason": "x"}
    )
    assert gone.refusal == (404, "customer_not_found")
    [credit] = (await api.get(f"/v1/customers/{buyer.customer}")).body["credit"]
    assert credit["balance"] == balance
