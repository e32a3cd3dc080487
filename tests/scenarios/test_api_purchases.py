"""Buying over the API: paid, refused, unknown, previewed."""

from datetime import timedelta

import pytest

from ledgerline.flows.resolve_attempts import resolve_attempts
from tests.flow_world import World
from tests.scenarios.api_client import Api, Buyer, add_card, buy, new_buyer, order


async def test_a_purchase_that_is_paid_is_created_and_read_back(api: Api) -> None:
    # given a customer in Germany whose card is approved
    buyer = await new_buyer(api)
    # when the family plan is bought
    reply = await api.post("/v1/purchases", order(buyer, plan="family_monthly"))
    # then January is paid, tax included
    assert reply.status == 201
    bought = reply.body
    assert reply.headers["Location"] == f"/v1/purchases/{bought['id']}"
    assert bought["object"] == "purchase"
    assert bought["livemode"] is False
    assert bought["status"] == "completed"
    assert bought["subscription_status"] == "active"
    assert bought["customer"] == buyer.customer
    assert bought["total"] == {"amount": 1999, "currency": "EUR"}
    assert bought["tax"] == {"amount": 319, "currency": "EUR"}
    assert bought["from_credit"] == {"amount": 0, "currency": "EUR"}
    assert bought["paid_through"] == "2026-02-01"
    assert bought["next_charge_at"] == "2026-01-31T23:00:00Z"
    assert bought["decline"] is None
    assert bought["created"] == "2026-01-01T00:00:00Z"
    assert (await api.get(f"/v1/purchases/{bought['id']}")).body == bought


async def test_a_stolen_card_is_declined_in_words_that_do_not_say_so(
    api: Api, world: World
) -> None:
    # given a card that was reported stolen
    buyer = await new_buyer(api, token="tok_decline_stolen_card")
    # when it is used
    reply = await api.post("/v1/purchases", order(buyer))
    # then the problem names the purchase and shows a plain refusal
    assert reply.status == 402
    assert reply.headers["Content-Type"] == "application/problem+json"
    problem = reply.body
    assert problem["type"] == "/docs/errors/payment_declined"
    assert problem["title"] == "The payment was declined"
    assert problem["code"] == "payment_declined"
    assert problem["status"] == 402
    assert problem["request_id"] == reply.headers["X-Request-Id"]
    assert problem["decline"] == {
        "reason": "lost_or_stolen", "retry": "other_method",
        "message": "Your bank declined the payment. Use another card or contact your bank.",
    }  # fmt: skip
    # and the purchase has failed without a claim or a live subscription
    failed = (await api.get(f"/v1/purchases/{problem['purchase']}")).body
    assert (failed["status"], failed["subscription_status"]) == ("failed", "expired")
    assert failed["decline"] == problem["decline"]
    invoice = (await api.get(f"/v1/invoices/{failed['invoice']}")).body
    assert (invoice["status"], invoice["number"], invoice["number_state"]) == ("void", None, "none")
    # and another card buys it
    second = await new_buyer(api)
    assert (await api.post("/v1/purchases", order(second))).status == 201
    assert await world.rows("SELECT count(*) FROM money_exception") == [(0,)]


async def test_an_answer_that_never_came_is_processing_and_never_a_failure(
    api: Api, world: World
) -> None:
    # given a provider that charges and does not answer
    buyer = await new_buyer(api, token="tok_hang_after")
    # when the plan is bought
    first = await api.post("/v1/purchases", order(buyer), key="lost-answer")
    # then the purchase is processing
    assert first.status == 202
    assert first.body["status"] == "processing"
    assert first.headers["Location"] == f"/v1/purchases/{first.body['id']}"
    # and asking again with the same key shows it as it is now
    again = await api.post("/v1/purchases", order(buyer), key="lost-answer")
    assert (again.status, again.body) == (202, first.body)
    # and once the provider has told, the same key gives the paid purchase
    await resolve_attempts(
        world.run.at(world.now + timedelta(hours=1)), world.psps, buckets=(0, 4096)
    )
    settled = await api.post("/v1/purchases", order(buyer), key="lost-answer")
    assert (settled.status, settled.body["id"]) == (201, first.body["id"])
    truth = [one for one in await world.simulator.truth() if one["amount"] == 1199]
    attempts = (await api.get(f"/v1/payments/{first.body['payment']}")).body["attempts"]
    assert len(attempts) == 1
    assert [one["id"] for one in truth if one["id"] == attempts[0]["provider_reference"]] == [
        attempts[0]["provider_reference"]
    ]


async def test_a_trial_begins_without_a_payment(api: Api) -> None:
    # given a customer who may try the plan
    buyer = await new_buyer(api)
    # when it is bought with its trial
    reply = await api.post("/v1/purchases", {**order(buyer), "trial": True})
    # then nothing is collected and the trial runs thirty days
    assert reply.status == 201
    assert reply.body["payment"] is None
    assert reply.body["total"] == {"amount": 0, "currency": "EUR"}
    assert reply.body["subscription_status"] == "trialing"
    assert reply.body["paid_through"] == "2026-01-31"


async def test_a_quote_tells_what_the_purchase_then_costs(api: Api) -> None:
    # given a quote with a coupon
    buyer = await new_buyer(api, market="FI")
    asked = {"customer": buyer.customer, "plan": "duo_monthly", "coupon": "WELCOME50",
             "trial": False}  # fmt: skip
    quote = await api.post("/v1/quotes", asked, key=None)
    assert quote.status == 200
    [line] = quote.body["lines"]
    assert line["total"] == {"amount": 849, "currency": "EUR"}
    assert line["how"] == {
        "rule": "price.full", "formula": "1699 × 1 − 850 = 849",
        "tax": "849 × 25.5/125.5 = 172.51 → 173",
    }  # fmt: skip
    assert quote.body["due_now"] == {"amount": 849, "currency": "EUR"}
    after = quote.body["next_charge"]
    assert [one["total"]["amount"] for one in after.pop("lines")] == [849]
    assert after == {
        "on": "2026-02-01", "total": {"amount": 849, "currency": "EUR"},
        "tax": {"amount": 173, "currency": "EUR"},
    }  # fmt: skip
    # when exactly that is bought
    wanted = {**order(buyer, plan="duo_monthly", coupon="WELCOME50"),
              "expect": quote.body["fingerprint"]}  # fmt: skip
    reply = await api.post("/v1/purchases", wanted)
    # then it costs what was quoted
    assert reply.status == 201
    assert reply.body["total"] == line["total"]
    assert reply.body["tax"] == line["tax"]


@pytest.mark.parametrize("typed", ["welcome50", "  Welcome50 "])
async def test_a_coupon_may_be_typed_in_any_case(api: Api, typed: str) -> None:
    # given a code as a person types it
    buyer = await new_buyer(api)
    asked = {"customer": buyer.customer, "plan": "duo_monthly", "coupon": typed, "trial": False}
    quote = await api.post("/v1/quotes", asked, key=None)
    assert quote.body["due_now"] == {"amount": 849, "currency": "EUR"}
    # when it is used
    bought = await api.post("/v1/purchases", order(buyer, plan="duo_monthly", coupon=typed))
    # then it is the coupon that is stored
    assert bought.status == 201
    assert bought.body["total"] == {"amount": 849, "currency": "EUR"}
    held = await api.get(f"/v1/subscriptions/{bought.body['subscription']}")
    assert [one["code"] for one in held.body["offers"]] == ["WELCOME50"]


async def test_an_empty_coupon_is_no_coupon_and_is_refused(api: Api) -> None:
    buyer = await new_buyer(api)
    reply = await api.post("/v1/quotes", {**_asked(buyer, "duo_monthly"), "coupon": "  "}, key=None)
    assert (reply.status, reply.body["code"]) == (422, "invalid_value")


def _asked(buyer: Buyer, plan: str) -> dict[str, object]:
    return {"customer": buyer.customer, "plan": plan, "trial": False}


async def test_a_plan_is_bought_with_its_fee_and_an_add_on(api: Api) -> None:
    # given a plan with a fee, and one that goes with an add-on
    buyer = await new_buyer(api)
    fee = await api.post("/v1/quotes", _asked(buyer, "studio_monthly"), key=None)
    assert [(line["component"], line["total"]["amount"]) for line in fee.body["lines"]] == [
        ("base", 3499), ("setup", 4900),
    ]  # fmt: skip
    # when it is quoted and bought with the add-on
    asked = {**_asked(buyer, "individual_monthly"), "add_ons": [{"plan": "lossless_monthly"}]}
    quote = await api.post("/v1/quotes", asked, key=None)
    assert quote.status == 200, quote
    bought = await api.post(
        "/v1/purchases",
        order(buyer, add_ons=asked["add_ons"], expect=quote.body["fingerprint"]),
    )
    # then both are on one invoice and one charge, as quoted
    assert bought.status == 201, bought
    assert quote.body["due_now"] == {"amount": 1599, "currency": "EUR"}
    invoice = await api.get(f"/v1/invoices/{bought.body['invoice']}")
    assert [(line["component"], line["total"]["amount"]) for line in invoice.body["lines"]] == [
        ("base", 1199), ("lossless", 400),
    ]  # fmt: skip
    held = await api.get(f"/v1/subscriptions/{bought.body['subscription']}")
    assert [item["component"] for item in held.body["items"]] == ["base", "lossless"]


async def test_an_introductory_price_is_followed_by_the_one_that_stays(api: Api) -> None:
    buyer = await new_buyer(api)
    bought = await api.post("/v1/purchases", order(buyer, plan="individual_intro_monthly"))
    assert bought.status == 201, bought
    held = await api.get(f"/v1/subscriptions/{bought.body['subscription']}")
    first, then = held.body["items"]
    assert first["ends_on"] == then["starts_on"]
    assert (first["unit_price"]["amount"], then["unit_price"]["amount"]) == (599, 1199)


async def test_an_add_on_is_not_bought_alone_or_with_another_plan(api: Api) -> None:
    buyer = await new_buyer(api)
    alone = await api.post("/v1/quotes", _asked(buyer, "lossless_monthly"), key=None)
    assert (alone.status, alone.body["code"]) == (422, "add_on_refused")
    asked = {**_asked(buyer, "studio_monthly"), "add_ons": [{"plan": "lossless_monthly"}]}
    other = await api.post("/v1/quotes", asked, key=None)
    assert (other.status, other.body["code"]) == (422, "add_on_refused")


async def test_validate_only_shows_the_purchase_and_writes_nothing(api: Api, world: World) -> None:
    # given a customer
    buyer = await new_buyer(api)
    before = await world.rows("SELECT count(*) FROM idempotency_key")
    # when a purchase is only validated, without a key
    reply = await api.post("/v1/purchases", order(buyer, validate_only=True), key=None)
    # then it is the quote, and nothing was written
    assert reply.status == 200
    assert reply.body["object"] == "quote"
    assert reply.body["due_now"] == {"amount": 1199, "currency": "EUR"}
    listed = await api.get(f"/v1/subscriptions?customer={buyer.customer}")
    assert listed.body == {"data": [], "has_more": False, "next": None}
    assert await world.rows("SELECT count(*) FROM idempotency_key") == before


async def test_a_stale_preview_buys_nothing(api: Api) -> None:
    buyer = await new_buyer(api)
    for validate_only in (False, True):
        wanted = order(buyer, expect="00" * 32, validate_only=validate_only)
        reply = await api.post("/v1/purchases", wanted)
        assert (reply.status, reply.body["code"]) == (409, "preview_stale")


async def test_a_second_plan_of_the_family_is_refused(api: Api) -> None:
    # given a customer who has a plan
    buyer = await new_buyer(api)
    bought = await buy(api, buyer)
    # when another one of the family is bought, or only validated
    for validate_only in (False, True):
        wanted = order(buyer, plan="duo_monthly", validate_only=validate_only)
        reply = await api.post("/v1/purchases", wanted)
        # then the refusal names the first
        assert (reply.status, reply.body["code"]) == (409, "purchase_in_progress")
        assert reply.body["facts"] == {"subscription": bought["subscription"]}


async def test_who_is_in_a_trial_is_told_that_it_runs(api: Api) -> None:
    # given a customer in a trial
    buyer = await new_buyer(api)
    bought = await api.post("/v1/purchases", order(buyer, trial=True))
    assert bought.body["subscription_status"] == "trialing"
    # when another is bought, or only validated
    for validate_only in (True, False):
        wanted = order(buyer, plan="duo_monthly", trial=True, validate_only=validate_only)
        reply = await api.post("/v1/purchases", wanted)
        # then it is the running one that stands in the way
        assert (reply.status, reply.body["code"]) == (409, "purchase_in_progress")
        assert reply.body["facts"] == {"subscription": bought.body["subscription"]}


async def test_a_payment_method_of_somebody_else_does_not_exist(api: Api) -> None:
    mine, other = await new_buyer(api), await new_buyer(api)
    for validate_only in (False, True):
        wanted = order(mine, validate_only=validate_only, payment_method=other.payment_method)
        reply = await api.post("/v1/purchases", wanted)
        assert (reply.status, reply.body["code"]) == (404, "payment_method_not_found")


async def test_a_pending_purchase_is_given_up_and_bought_anew(api: Api, world: World) -> None:
    # given a purchase whose charge was executed without an answer
    buyer = await new_buyer(api, token="tok_500_after")
    pending = await api.post("/v1/purchases", order(buyer), key="pending")
    assert pending.status == 202
    path = f"/v1/purchases/{pending.body['id']}"
    # when its buyer gives it up
    withdrawn = await api.post(f"{path}/withdraw", {}, key="give-up")
    assert (withdrawn.status, withdrawn.body["status"]) == (200, "failed")
    assert withdrawn.body["subscription_status"] == "expired"
    assert (await api.post(f"{path}/withdraw", {}, key="give-up")).body == withdrawn.body
    assert (await api.post(f"{path}/withdraw", {})).refusal == (409, "purchase_not_pending")
    again = await api.post("/v1/purchases", order(buyer), key="pending")
    assert again.refusal == (409, "purchase_not_pending")
    # then they buy anew, and what came for the first goes back
    card = (await add_card(api, buyer.customer)).payment_method
    anew = await api.post("/v1/purchases", order(buyer._replace(payment_method=card)))
    assert anew.status == 201, anew
    await world.advance(world.now + timedelta(minutes=1))
    refunds = await api.get(f"/v1/refunds?customer={buyer.customer}")
    [refund] = refunds.body["data"]
    assert (refund["cause"], refund["status"]) == ("late_success", "succeeded")
    assert (refund["payment"], refund["credit_note"]) == (pending.body["payment"], None)
    gone = await api.post("/v1/purchases/pur_01h455vb4pex5vsknk084sn02q/withdraw", {})
    assert gone.refusal == (404, "purchase_not_found")
