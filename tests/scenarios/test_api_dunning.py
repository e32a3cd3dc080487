"""A trial ends with an expired card: late, with grace and a plan; another card mends it."""

from datetime import timedelta
from typing import Any

from tests.flow_world import World
from tests.scenarios.api_client import Api, add_card, new_buyer, order


async def _only(api: Api, path: str) -> Any:
    [found] = (await api.get(path)).body["data"]
    return found


async def test_a_trial_with_an_expired_card_is_mended_by_another_and_charged_once(
    api: Api, world: World
) -> None:
    # given a trial by a card that has expired when it ends
    buyer = await new_buyer(api, token="tok_decline_expired_card")
    bought = await api.post("/v1/purchases", order(buyer, trial=True))
    subscription = f"/v1/subscriptions/{bought.body['subscription']}"
    # when the first renewal is refused
    await world.advance(world.now + timedelta(days=32))
    # then it is late, with grace, and nothing has ended
    assert (await api.get(subscription)).body["status"] == "past_due"
    invoice = await _only(api, f"/v1/invoices?customer={buyer.customer}&status=open")
    listed = await _only(api, f"/v1/payments?invoice={invoice['id']}")
    payment = (await api.get(f"/v1/payments/{listed['id']}")).body
    assert (payment["status"], payment["next_try_at"]) == ("processing", None)
    assert payment["awaits_payer"]
    plan = payment["retry_plan"]
    assert (plan["category"], plan["advice"]) == ("expired_card", "update_instrument")
    assert [(one["why"], one["planned"]) for one in plan["slots"]] == [("forbidden", False)] * 4
    assert payment["mend_until"] == plan["ends"]
    [(ends_at, reason)] = await world.rows(
        "SELECT ends_at, reason FROM cover WHERE invoice_id ="
        " (SELECT invoice_id FROM payment WHERE tries = 1 AND state = 'processing')"
        " AND component = 'base'"
    )
    assert (reason, ends_at > world.now) == ("grace", True)
    # when another card is chosen
    card = (await add_card(api, buyer.customer)).payment_method
    await api.post(f"{subscription}/payment_method", {"payment_method": card})
    await world.advance(world.now + timedelta(hours=1))
    # then it is charged once, and everything runs
    paid = (await api.get(f"/v1/payments/{payment['id']}")).body
    assert (paid["status"], paid["captured"]) == ("succeeded", {"amount": 1199, "currency": "EUR"})
    assert [one["status"] for one in paid["attempts"]] == ["declined", "succeeded"]
    captures = [one for one in await world.simulator.truth() if one["status"] == "succeeded"]
    assert [one["amount"] for one in captures if one["kind"] == "charge"] == [1199]
    assert (await api.get(subscription)).body["status"] == "active"
    assert (await api.get(f"/v1/invoices/{invoice['id']}")).body["status"] == "paid"


async def test_the_next_slot_is_shown_with_the_invoice_and_the_payment(
    api: Api, world: World
) -> None:
    buyer = await new_buyer(api, token="tok_decline_insufficient_funds")
    await api.post("/v1/purchases", order(buyer, trial=True))
    await world.advance(world.now + timedelta(days=31))
    open_one = await _only(api, f"/v1/invoices?customer={buyer.customer}&status=open")
    invoice = (await api.get(f"/v1/invoices/{open_one['id']}")).body
    listed = await _only(api, f"/v1/payments?invoice={invoice['id']}")
    payment = (await api.get(f"/v1/payments/{listed['id']}")).body
    slots = [one["at"] for one in payment["retry_plan"]["slots"] if one["planned"]]
    assert invoice["next_try_at"] == payment["next_try_at"] == slots[0]
    assert payment["retry_plan"]["policy_version"] == 1
