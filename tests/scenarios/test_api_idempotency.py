"""Idempotency keys over the API: the same question is answered once."""

import asyncio
from datetime import timedelta

from ledgerline.base.ids import PREFIXES, decode
from ledgerline.flows.create_api_key import create_api_key
from tests.flow_world import World
from tests.scenarios.api_client import Api, buy, new_buyer, order


async def test_the_same_key_gives_the_same_bytes_and_one_purchase(api: Api, world: World) -> None:
    # given a purchase under a key
    buyer = await new_buyer(api)
    first = await api.post("/v1/purchases", order(buyer), key="once")
    # when it is asked again, with the fields in another order and the key in quotes
    turned = dict(reversed(list(order(buyer).items())))
    again = await api.post("/v1/purchases", turned, key='"once"')
    # then the answer is the first one
    assert (first.status, again.status) == (201, 201)
    assert again.body == first.body
    assert again.headers["Location"] == first.headers["Location"]
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    # and the payer was charged once
    customer = f"/v1/payments?customer={buyer.customer}"
    assert len((await api.get(customer)).body["data"]) == 1
    # and what is kept cannot be read in the database
    [(body,)] = await world.rows("SELECT body FROM idempotency_key WHERE key = 'once'")
    assert first.body["id"].encode() not in bytes(body)


async def test_the_same_key_with_another_question_is_refused(api: Api) -> None:
    buyer = await new_buyer(api)
    await api.post("/v1/purchases", order(buyer), key="reused")
    other = await api.post("/v1/purchases", order(buyer, quantity=2), key="reused")
    assert (other.status, other.body["code"]) == (422, "idempotency_key_reused")


async def test_a_key_stands_for_one_request_whichever_customer_it_is_about(
    api: Api, world: World
) -> None:
    # given a purchase under a key
    buyer, other = await new_buyer(api), await new_buyer(api)
    first = await api.post("/v1/purchases", order(buyer), key="across")
    # when the key comes with another customer, and for things that have none
    moved = await api.post("/v1/purchases", order(other), key="across")
    fresh = await api.post("/v1/customers", {"market": "SE"}, key="across")
    path = f"/v1/subscriptions/{first.body['subscription']}/cancel"
    ended = await api.post(path, {"when": "now"}, key="across")
    # then it is refused and nothing is made
    refused = (422, "idempotency_key_reused")
    assert [moved.refusal, fresh.refusal, ended.refusal] == [refused] * 3
    assert (await api.get(f"/v1/payments?customer={other.customer}")).body["data"] == []
    assert await world.value("SELECT count(*) FROM idempotency_key WHERE key = 'across'") == 1
    # and the first answer is still there, while the other customer needs a key of their own
    again = await api.post("/v1/purchases", order(buyer), key="across")
    assert again.body == first.body
    assert (await api.post("/v1/purchases", order(other), key="across-2")).status == 201


async def test_a_kept_refusal_holds_its_key_against_other_customers(api: Api, world: World) -> None:
    # given a request that a rule refused
    buyer, other = await new_buyer(api), await new_buyer(api)
    wanted = order(buyer, plan="gold_monthly")
    first = await api.post("/v1/purchases", wanted, key="ruled-out")
    assert first.refusal == (422, "unknown_plan")
    # when its key comes with another customer, in an order that is good and in one that is not
    good = await api.post("/v1/purchases", order(other), key="ruled-out")
    bad = await api.post("/v1/purchases", order(other, plan="gold_monthly"), key="ruled-out")
    # then
    refused = (422, "idempotency_key_reused")
    assert [good.refusal, bad.refusal] == [refused] * 2
    again = await api.post("/v1/purchases", wanted, key="ruled-out")
    assert (again.body, again.headers["Idempotent-Replayed"]) == (first.body, "true")
    assert await world.value("SELECT count(*) FROM idempotency_key WHERE key = 'ruled-out'") == 1


async def test_ten_at_once_make_one_purchase(api: Api, world: World) -> None:
    # given ten identical requests under one key
    buyer = await new_buyer(api)
    # when they come at once
    replies = await asyncio.gather(
        *(api.post("/v1/purchases", order(buyer), key="together") for _ in range(10))
    )
    # then all of them speak of one purchase, finished or under way
    assert len({reply.body["id"] for reply in replies}) == 1
    assert {reply.status for reply in replies} <= {201, 202}
    charged = (await api.get(f"/v1/payments?customer={buyer.customer}")).body["data"]
    assert [payment["captured"]["amount"] for payment in charged] == [1199]
    attempts = (await api.get(f"/v1/payments/{charged[0]['id']}")).body["attempts"]
    truth = await world.simulator.truth()
    assert sum(one["id"] == attempts[0]["provider_reference"] for one in truth) == 1


async def test_a_decline_is_kept_and_a_new_try_needs_a_new_key(api: Api) -> None:
    buyer = await new_buyer(api, token="tok_decline_insufficient_funds")
    first = await api.post("/v1/purchases", order(buyer), key="poor")
    again = await api.post("/v1/purchases", order(buyer), key="poor")
    assert (first.status, again.status) == (402, 402)
    assert again.body == first.body
    assert again.headers["Content-Type"] == "application/problem+json"
    assert again.headers["Idempotent-Replayed"] == "true"
    assert first.body["decline"]["retry"] == "later"


async def test_the_refusal_of_a_rule_is_kept(api: Api) -> None:
    # given a request that a rule refuses
    buyer = await new_buyer(api)
    wanted = order(buyer, plan="gold_monthly")
    first = await api.post("/v1/purchases", wanted, key="ruled")
    # when it is repeated
    again = await api.post("/v1/purchases", wanted, key="ruled")
    # then the answer is the kept one
    assert (first.status, first.body["code"]) == (422, "unknown_plan")
    assert again.body == first.body
    assert again.headers["Idempotent-Replayed"] == "true"


async def test_a_refusal_before_any_rule_keeps_the_key_free(api: Api) -> None:
    buyer = await new_buyer(api)
    wrong = await api.post("/v1/purchases", {**order(buyer), "plann": "x"}, key="free")
    assert (wrong.status, wrong.body["code"]) == (422, "unknown_field")
    assert (await api.post("/v1/purchases", order(buyer), key="free")).status == 201


async def test_what_moves_money_needs_a_key(api: Api) -> None:
    buyer = await new_buyer(api)
    for key in (None, "", "x" * 256, '"', "two words"):
        reply = await api.post("/v1/purchases", order(buyer), key=key)
        assert (reply.status, reply.body["code"]) == (400, "idempotency_key_required"), key


async def test_a_customer_is_created_once_a_key(api: Api) -> None:
    first = await api.post("/v1/customers", {"market": "SE"}, key="sven")
    again = await api.post("/v1/customers", {"market": "SE"}, key="sven")
    assert first.body == again.body
    assert again.headers["Idempotent-Replayed"] == "true"


async def test_a_key_belongs_to_whoever_used_it(api: Api, world: World) -> None:
    # given another integration
    bearer = await create_api_key(world.run, principal="others", live=False)
    other = Api(api.url, api.session, bearer)
    # when both use one key
    mine = await api.post("/v1/customers", {"market": "SE"}, key="shared")
    theirs = await other.post("/v1/customers", {"market": "SE"}, key="shared")
    # then neither sees the other's answer
    assert mine.body["id"] != theirs.body["id"]


async def test_a_repeated_change_says_what_became_of_it_and_never_more(
    api: Api, world: World
) -> None:
    # given three subscriptions whose cards pay, refuse, and answer too late to say so
    asked = {"plan": "family_monthly", "when": "now"}
    found = {}
    for token in ("tok_ok", "tok_decline_insufficient_funds", "tok_hang_after"):
        bought = await buy(api, await new_buyer(api))
        await _steal_card(world, bought["subscription"], token)
        path = f"/v1/subscriptions/{bought['subscription']}/change"
        found[token] = [await api.post(path, asked, key=f"change-{token}") for _ in range(2)]
    # then a repeat is answered as the first request was
    statuses = {token: [one.status for one in replies] for token, replies in found.items()}
    assert statuses == {
        "tok_ok": [200, 200],
        "tok_decline_insufficient_funds": [402, 402],
        "tok_hang_after": [202, 202],
    }
    # and a refusal says why, and what may help
    first, again = found["tok_decline_insufficient_funds"]
    assert first.body["decline"]["reason"] == "insufficient_funds"
    assert again.body == first.body
    # and what was not known is known later
    waited = found["tok_hang_after"][0].body
    await world.advance(world.now + timedelta(minutes=1))
    path = f"/v1/subscriptions/{waited['id']}/change"
    later = await api.post(path, asked, key="change-tok_hang_after")
    assert (later.status, later.body["plan"]) == (200, "family_monthly")


async def _steal_card(world: World, subscription: str, token: str) -> None:
    """Let the stored card be another from now on, behind the API's back."""
    await world.write(
        "UPDATE instrument AS i SET psp_token = %s FROM subscription AS s"
        " WHERE s.id = %s AND i.payment_method_id = s.payment_method_id",
        f"{token}_{subscription}",
        decode(PREFIXES["subscription"], subscription),
    )


async def test_a_change_that_was_given_up_is_refused_to_whoever_repeats_it(
    api: Api, world: World
) -> None:
    # given a change that waits, and a cancellation
    bought = await buy(api, await new_buyer(api))
    await _steal_card(world, bought["subscription"], "tok_pending")
    path = f"/v1/subscriptions/{bought['subscription']}"
    asked = {"plan": "family_monthly", "when": "now"}
    waits = await api.post(f"{path}/change", asked, key="given-up")
    assert (waits.status, waits.body["pending_change"] is None) == (202, False)
    ends = {"when": "period_end", "validate_only": True}
    preview = await api.post(f"{path}/cancel", ends, key=None)
    assert preview.body["withdrawn_change"] == waits.body["pending_change"]
    # when
    await api.post(f"{path}/cancel", {"when": "period_end"})
    # then
    again = await api.post(f"{path}/change", asked, key="given-up")
    assert again.refusal == (409, "change_withdrawn")
    assert (await api.get(path)).body["pending_change"] is None


async def test_one_key_for_three_customers_at_once_charges_one_of_them(
    api: Api, world: World
) -> None:
    # given three customers, a payment each would pay, and one key
    buyers = [await new_buyer(api) for _ in range(3)]
    before = len(await world.simulator.truth())
    # when all are asked for at once, each three times
    asked = [(buyer, api.post("/v1/purchases", order(buyer), key="crowd")) for buyer in buyers * 3]
    replies = await asyncio.gather(*(request for _, request in asked))
    # then one customer has bought, and whoever asked for another is told so
    of = [(buyer, reply) for (buyer, _), reply in zip(asked, replies, strict=True)]
    [won] = {buyer for buyer, reply in of if reply.status in {201, 202}}
    for buyer, reply in of:
        if buyer == won:
            assert (reply.status, reply.body["customer"]) in {
                (201, buyer.customer), (202, buyer.customer),
            }  # fmt: skip
        else:
            assert reply.refusal == (422, "idempotency_key_reused")
    assert len(await world.simulator.truth()) == before + 1
    for buyer in buyers:
        made = (await api.get(f"/v1/payments?customer={buyer.customer}")).body["data"]
        assert len(made) == (buyer == won)
    # and each of them buys under a key of their own
    for n, buyer in enumerate(buyers):
        if buyer != won:
            assert (await api.post("/v1/purchases", order(buyer), key=f"own-{n}")).status == 201
    assert len(await world.simulator.truth()) == before + 3


async def test_a_key_that_was_used_opens_nothing_else(api: Api, world: World) -> None:
    # given a key under which one customer bought something, and what another has
    buyer, other = await new_buyer(api), await new_buyer(api)
    first = await api.post("/v1/purchases", order(buyer), key="used")
    bought = await buy(api, other)
    before = len(await world.simulator.truth())
    card: dict[str, object] = {
        "psp_account": "aster", "token": "tok_ok_used", "brand": "visa", "last4": "4242",
    }  # fmt: skip
    asked: dict[str, dict[str, object]] = {
        "/v1/customers": {"market": "DE"},
        f"/v1/customers/{buyer.customer}": {"version": 1, "name": "Used"},
    }
    for of in (first.body, bought):
        subscription = f"/v1/subscriptions/{of['subscription']}"
        asked |= {
            f"/v1/customers/{of['customer']}/payment_methods": card,
            "/v1/refunds": {"payment": of["payment"], "reason": "x", "amount": 1},
            subscription: {"version": 1, "metadata": {"a": "b"}},
            f"{subscription}/change": {"plan": "family_monthly", "when": "now"},
            f"{subscription}/undo": {},
            f"{subscription}/cancel": {"when": "now"},
        }
        # when the key comes with anything else
        for path, body in asked.items():
            if {"version"} & body.keys():
                reply = await api.patch(path, body, Idempotency_Key="used")
            else:
                reply = await api.post(path, body, key="used")
            # then it is refused, and what was answered before is not said to others
            assert reply.refusal == (422, "idempotency_key_reused"), path
    assert len(await world.simulator.truth()) == before
    assert (await api.post("/v1/purchases", order(buyer), key="used")).body == first.body


async def test_a_key_stands_for_the_version_that_its_header_names(api: Api) -> None:
    path = f"/v1/customers/{(await new_buyer(api)).customer}"
    sent = {"Idempotency_Key": "versioned"}
    first = await api.patch(path, {"name": "One"}, If_Match='"1"', **sent)
    again = await api.patch(path, {"name": "One"}, If_Match='"1"', **sent)
    other = await api.patch(path, {"name": "One"}, If_Match='"2"', **sent)
    assert (first.status, again.body) == (200, first.body)
    assert other.refusal == (422, "idempotency_key_reused")
