"""Customers and their payment methods over the API."""

import asyncio

from ledgerline.base.ids import PREFIXES, bucket_of, decode
from tests.flow_world import World
from tests.scenarios.api_client import Api, new_buyer


async def test_a_customer_has_the_zone_and_locale_of_the_market_unless_told(api: Api) -> None:
    # given a customer with all there is to say, and one with nothing but a market
    full = await api.post(
        "/v1/customers",
        {
            "market": "FR", "name": "Zoe\u0308 Martin", "email": "zoe@example.com",
            "time_zone": "Indian/Reunion", "locale": "fr-RE",
        },
    )  # fmt: skip
    bare = await api.post("/v1/customers", {"market": "FR"}, key=None)
    # then both are created, the name in one spelling
    assert (full.status, bare.status) == (201, 201)
    assert full.headers["Location"] == f"/v1/customers/{full.body['id']}"
    assert full.body == {
        "id": full.body["id"], "object": "customer", "livemode": False, "version": 1,
        "market": "FR", "time_zone": "Indian/Reunion", "locale": "fr-RE", "name": "Zoë Martin",
        "email": "zoe@example.com", "billing_address": None, "tax_ids": [],
        "tax_status": "consumer", "place_evidence": [], "metadata": {}, "external_id": None,
        "created": "2026-01-01T00:00:00Z", "erased_at": None, "credit": [],
    }  # fmt: skip
    assert (bare.body["time_zone"], bare.body["locale"]) == ("Europe/Paris", "fr-FR")
    assert (bare.body["name"], bare.body["email"]) == (None, None)
    # and they are read and listed the same, upper case or lower
    read = await api.get(f"/v1/customers/{full.body['id'].upper()}")
    assert read.body == full.body
    listed = (await api.get("/v1/customers?limit=200")).body["data"]
    assert [one for one in listed if one["id"] == full.body["id"]] == [full.body]


async def test_who_cannot_be_read_is_not_shown_as_erased(api: Api, world: World) -> None:
    # given a customer whose key is lost, and one whose key opens nothing
    customer = (await api.post("/v1/customers", {"market": "DE", "name": "Erika"})).body
    path = f"/v1/customers/{customer['id']}"
    own = decode(PREFIXES["customer"], customer["id"])
    [(kept,)] = await world.rows("SELECT wrapped FROM customer_key WHERE customer_id = %s", own)
    for spoil in (
        "UPDATE customer_key SET wrapped = sha512(wrapped) WHERE customer_id = %s",
        "DELETE FROM customer_key WHERE customer_id = %s",
    ):
        await world.write(spoil, own)
        # then it is said that they cannot be read here, and nobody takes them for erased
        shown = await api.get(path)
        assert shown.refusal == (503, "person_unreadable")
        assert "erased_at" not in shown.body
    await world.write("INSERT INTO customer_key VALUES (%s, %s, %s)", bucket_of(own), own, kept)
    assert (await api.get(path)).body == customer


async def test_payment_methods_are_listed_newest_first_without_their_token(api: Api) -> None:
    # given a customer with two cards
    buyer = await new_buyer(api)
    path = f"/v1/customers/{buyer.customer}/payment_methods"
    card = {"psp_account": "boreal", "token": "tok_ok_second", "brand": "amex", "last4": "0005"}
    second = await api.post(path, card)
    # when they are listed
    listed = (await api.get(path)).body["data"]
    # then both are there, and no token
    assert {one["id"] for one in listed} == {buyer.payment_method, second.body["id"]}
    assert second.body == {
        "id": second.body["id"], "object": "payment_method", "livemode": False,
        "version": 1, "customer": buyer.customer, "psp_account": "boreal", "brand": "amex",
        "psp_accounts": ["boreal"], "last4": "0005", "metadata": {}, "external_id": None,
        "card": {"bin": None, "funding": None, "issuer_country": None, "expires": None},
        "created": "2026-01-01T00:00:00Z", "mandate": None,
    }  # fmt: skip
    # and the same token is not stored twice, nor one of an account that does not exist
    assert (await api.post(path, card)).refusal == (409, "payment_method_known")
    nowhere = await api.post(path, {**card, "psp_account": "nowhere", "token": "tok_ok_x"})
    assert nowhere.refusal == (422, "psp_account_not_found")
    nobody = "/v1/customers/cus_01h455vb4pex5vsknk084sn02q/payment_methods"
    assert (await api.post(nobody, card)).refusal == (404, "customer_not_found")


async def test_a_token_belongs_to_one_customer_while_it_is_attached(api: Api, world: World) -> None:
    # given a token of one customer
    buyer, other = await new_buyer(api), await new_buyer(api)
    card = {"psp_account": "aster", "token": "tok_ok_mine", "brand": "visa", "last4": "4242"}
    paths = [f"/v1/customers/{one.customer}/payment_methods" for one in (buyer, other)]
    first = await api.post(paths[0], card)
    assert first.status == 201
    # when another customer brings it
    taken = await api.post(paths[1], card)
    # then it is refused, and nothing is stored
    assert taken.refusal == (409, "payment_token_taken")
    listed = (await api.get(paths[1])).body["data"]
    assert [one["id"] for one in listed] == [other.payment_method]
    # and its owner hears what they heard before; with another provider it is another token
    assert (await api.post(paths[0], card)).refusal == (409, "payment_method_known")
    elsewhere = await api.post(paths[1], {**card, "psp_account": "boreal"})
    assert elsewhere.status == 201
    # and an attempt that was refused for another reason has reserved nothing
    spare = {**card, "token": "tok_ok_spare"}
    nowhere = await api.post(paths[0], {**spare, "psp_account": "nowhere"})
    assert nowhere.refusal == (422, "psp_account_not_found")
    assert (await api.post(paths[1], spare)).status == 201
    owners = await world.rows(
        "SELECT owner_id FROM global_key WHERE kind = 'payment_token'"
        " EXCEPT SELECT customer_id FROM payment_method"
    )
    assert owners == []


async def test_a_payment_method_is_stored_once_a_key(api: Api, world: World) -> None:
    # given a card that is stored under a key
    buyer, other = await new_buyer(api), await new_buyer(api)
    paths = [f"/v1/customers/{one.customer}/payment_methods" for one in (buyer, other)]
    card = {"psp_account": "aster", "token": "tok_ok_keyed", "brand": "visa", "last4": "4242"}
    replies = await asyncio.gather(*(api.post(paths[0], card, key="card") for _ in range(5)))
    # then whoever repeats it hears of the same one
    assert {reply.status for reply in replies} == {201}
    assert len({reply.body["id"] for reply in replies}) == 1
    later = await api.post(paths[0], card, key="card")
    assert (later.body, later.headers["Idempotent-Replayed"]) == (replies[0].body, "true")
    # and the key stands for that card and that customer
    for path, body in ((paths[0], {**card, "last4": "0000"}), (paths[1], card)):
        assert (await api.post(path, body, key="card")).refusal == (422, "idempotency_key_reused")
    assert await world.rows(
        "SELECT m.customer_id FROM instrument AS i JOIN payment_method AS m"
        " ON m.id = i.payment_method_id WHERE i.psp_token = 'tok_ok_keyed'"
    ) == [(decode("cus", buyer.customer),)]  # fmt: skip
    # and a refusal is kept too, until another key asks again
    refused = [await api.post(paths[1], card, key="taken") for _ in range(2)]
    assert [one.refusal for one in refused] == [(409, "payment_token_taken")] * 2
    assert refused[0].body["errors"][0]["pointer"] == "/token"
    assert refused[1].headers["Idempotent-Replayed"] == "true"


async def test_of_many_customers_who_bring_one_token_at_once_one_has_it(
    api: Api, world: World
) -> None:
    # given eight customers and one token
    buyers = [await new_buyer(api) for _ in range(8)]
    card = {"psp_account": "aster", "token": "tok_ok_crowd", "brand": "visa", "last4": "4242"}
    # when all bring it at once, with a key and without
    replies = await asyncio.gather(
        *(
            api.post(f"/v1/customers/{one.customer}/payment_methods", card, key=key)
            for n, one in enumerate(buyers)
            for key in (None, f"crowd-{n}")
        )
    )
    # then one of them has it, whichever shard each lives in
    [won] = [reply for reply in replies if reply.status == 201]
    known = {(409, "payment_token_taken"), (409, "payment_method_known")}
    assert {reply.refusal for reply in replies if reply is not won} <= known
    assert await world.rows(
        "SELECT m.customer_id FROM instrument AS i JOIN payment_method AS m"
        " ON m.id = i.payment_method_id WHERE i.psp_token = 'tok_ok_crowd'"
    ) == [(decode("cus", won.body["customer"]),)]  # fmt: skip
