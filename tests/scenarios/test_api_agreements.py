"""What a purchase leaves on its subscription: agreements, notes, and what is known of the card."""

from typing import Any, Final

import pytest

from ledgerline.base.ids import PREFIXES, decode
from tests.flow_world import World
from tests.scenarios.api_client import Api, buy, new_buyer, order

TERMS: Final = {"kind": "terms", "text_version": "2026-01"}
MANDATE: Final = {"kind": "mandate", "text_version": "m-7"}


async def test_texts_accepted_with_a_purchase_are_shown_with_the_subscription(
    api: Api, world: World
) -> None:
    # given a purchase with two texts and the payer's address
    buyer = await new_buyer(api)
    bought = await api.post(
        "/v1/purchases", order(buyer, agreements=[TERMS, MANDATE], payer_ip="2001:db8::1")
    )
    assert bought.status == 201, bought
    # then both are shown
    shown = (await api.get(f"/v1/subscriptions/{bought.body['subscription']}")).body
    told = {
        "accepted": "2026-01-01T00:00:00Z", "channel": "api", "has_ip": True, "language": None,
    }  # fmt: skip
    assert shown["agreements"] == [{**MANDATE, **told}, {**TERMS, **told}]
    # and of the address only a hash under the customer's key is kept
    [(first,), (second,)] = await world.rows(
        "SELECT ip_hash FROM agreement WHERE subscription_id = %s",
        decode(PREFIXES["subscription"], bought.body["subscription"]),
    )
    assert first == second
    assert len(first) == 32
    # and a purchase that brings none has none
    other = await buy(api, await new_buyer(api))
    bare = (await api.get(f"/v1/subscriptions/{other['subscription']}")).body
    assert (bare["agreements"], bare["metadata"], bare["external_id"]) == ([], {}, None)


@pytest.mark.parametrize("validate_only", [False, True])
@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"agreements": [TERMS, TERMS]}, "agreements_refused"),
        ({"agreements": [{"kind": "oath", "text_version": "1"}]}, "invalid_value"),
        ({"agreements": [{"kind": "terms"}]}, "invalid_value"),
        ({"payer_ip": "not an address"}, "payer_ip_refused"),
        ({"payer_ip": "192.0.2.300"}, "payer_ip_refused"),
        ({"metadata": {"k": 1}}, "invalid_value"),
    ],
)
async def test_what_cannot_be_accepted_is_refused(
    api: Api, more: dict[str, Any], code: str, *, validate_only: bool
) -> None:
    buyer = await new_buyer(api)
    refused = await api.post("/v1/purchases", order(buyer, validate_only=validate_only, **more))
    assert refused.refusal == (422, code)
    listed = await api.get(f"/v1/subscriptions?customer={buyer.customer}")
    assert listed.body["data"] == []


async def test_a_purchase_carries_notes_to_its_subscription_where_they_change(api: Api) -> None:
    buyer = await new_buyer(api)
    wanted = order(buyer, metadata={"campaign": "spring"}, external_id="shop-order-1")
    bought = (await api.post("/v1/purchases", wanted)).body
    path = f"/v1/subscriptions/{bought['subscription']}"
    first = (await api.get(path)).body
    assert (first["metadata"], first["external_id"]) == ({"campaign": "spring"}, "shop-order-1")
    # when one of them is replaced
    seen = first["version"]
    noted = await api.patch(path, {"version": seen, "metadata": {"tier": "gold"}})
    # then that is all that changed
    assert noted.status == 200, noted
    assert noted.body == {**first, "version": seen + 1, "metadata": {"tier": "gold"}}
    # and nothing new writes nothing, a stale version is refused, and null takes away
    same = await api.patch(path, {"metadata": {"tier": "gold"}}, If_Match=str(seen + 1))
    assert same.body == noted.body
    assert (await api.patch(path, {"version": seen})).refusal == (409, "version_stale")
    gone = await api.patch(path, {"version": seen + 1, "external_id": None, "metadata": {}})
    assert (gone.body["external_id"], gone.body["metadata"]) == (None, {})
    nobody = "/v1/subscriptions/sub_01h455vb4pex5vsknk084sn02q"
    assert (await api.patch(nobody, {"version": 1})).refusal == (404, "subscription_not_found")
    plan = await api.patch(path, {"version": seen + 2, "plan": "family_monthly"})
    assert plan.refusal == (422, "unknown_field")


async def test_what_is_told_of_a_card_is_kept_and_completed_by_the_first_charge(
    api: Api, world: World
) -> None:
    # given a card that comes from another system with its history
    customer = (await api.post("/v1/customers", {"market": "DE"})).body["id"]
    path = f"/v1/customers/{customer}/payment_methods"
    card = {
        "psp_account": "aster", "token": "tok_ok_moved", "brand": "visa", "last4": "4242",
        "metadata": {"from": "old system"},
        "card": {
            "fingerprint": "fp_old", "bin": "424242", "funding": "credit", "issuer_country": "FR",
            "expires": "2027-12", "network_transaction_id": "old-nti", "sca_reference": "3ds-1",
        },
    }  # fmt: skip
    method = (await api.post(path, card)).body
    assert method["metadata"] == {"from": "old system"}
    assert method["card"] == {
        "bin": "424242", "funding": "credit", "issuer_country": "FR", "expires": "2027-12",
    }  # fmt: skip
    # when it pays
    bought = await api.post(
        "/v1/purchases",
        {
            "customer": customer, "plan": "individual_monthly", "payment_method": method["id"],
            "trial": False,
        },
    )  # fmt: skip
    assert bought.status == 201, bought
    # then what the provider tells now holds, and the first network id stays the first
    [row] = await world.rows(
        "SELECT bin, issuer_country, octet_length(fingerprint_hash), nti_initial, nti_last,"
        " sca_ref,"
        " (SELECT a.initiator FROM attempt AS a WHERE a.id = i.first_cit_attempt)"
        " FROM instrument AS i WHERE payment_method_id = %s",
        decode(PREFIXES["payment_method"], method["id"]),
    )
    [shown] = (await api.get(path)).body["data"]
    assert shown["card"]["bin"] == row[0] != "424242"
    assert shown["card"]["issuer_country"] == row[1]
    assert row[2:4] == (32, "old-nti")
    assert row[4].startswith("nt_")
    assert row[5:] == ("3ds-1", "customer")


@pytest.mark.parametrize(
    "told",
    [
        {"bin": "4242"}, {"funding": "barter"}, {"expires": "2027-13"}, {"issuer_country": "D"},
        {"fingerprint": "a b"}, {"colour": "red"},
    ],
)  # fmt: skip
async def test_what_cannot_be_told_of_a_card_is_refused(api: Api, told: dict[str, str]) -> None:
    customer = (await api.post("/v1/customers", {"market": "DE"})).body["id"]
    card = {"psp_account": "aster", "token": "tok_ok_x", "brand": "visa", "last4": "4242"}
    path = f"/v1/customers/{customer}/payment_methods"
    refused = await api.post(path, {**card, "card": told})
    assert refused.refusal[0] == 422
    assert refused.refusal[1] in {"invalid_value", "unknown_field"}
    nowhere = await api.post(path, {**card, "card": {"issuer_country": "ZZ"}})
    assert nowhere.refusal == (422, "card_facts_refused")
    assert (await api.get(path)).body["data"] == []
