"""A refusal says everything that is wrong with a request, where, and in words of JSON."""

from typing import Any, Final

import pytest

from tests.flow_world import World
from tests.scenarios.api_client import Api, Buyer, Reply, buy, new_buyer, order

JSON: Final = {"Content-Type": "application/json"}
NOBODY: Final = "cus_01h455vb4pex5vsknk084sn02q"


def told(reply: Reply) -> list[tuple[str, str, str]]:
    """List pointer, code and sentence of what is wrong."""
    return [(one["pointer"], one["code"], one["detail"]) for one in reply.body["errors"]]


async def test_every_mistake_of_a_body_is_told_at_once(api: Api, world: World) -> None:
    before = await world.value("SELECT count(*) FROM customer")
    # given a body with everything wrong
    body = {
        "nmae": "Erika", "email": 7, "tax_status": "charity", "locale": ["de"],
        "billing_address": {"line1": "", "country": "de", "zip": "1"},
        "tax_ids": [{"type": "eu_vat", "value": "DE1"}, {"type": "eu_vat", "value": None}, 3],
        "metadata": {"a": 1, "b": "x" * 501},
    }  # fmt: skip
    # when
    reply = await api.post("/v1/customers", body)
    # then each has its place, its code and a sentence that names no type of Python
    assert told(reply) == [
        ("/nmae", "unknown_field", "nmae is not known here: did you mean name?"),
        ("/market", "invalid_value", "market is missing"),
        ("/email", "invalid_value", "expected a string or null, not an integer"),
        ("/locale", "invalid_value", "expected a string or null, not an array"),
        ("/billing_address/zip", "unknown_field", "zip is not known here"),
        ("/billing_address/line1", "invalid_value", "expected a string of at least 1 character"),
        ("/billing_address/city", "invalid_value", "city is missing"),
        ("/billing_address/country", "invalid_value", "expected a string that matches ^[A-Z]{2}$"),
        ("/tax_ids/1/value", "invalid_value", "expected a string, not null"),
        ("/tax_ids/2", "invalid_value", "expected an object, not an integer"),
        ("/tax_status", "invalid_value", "expected one of consumer, business"),
        ("/metadata/a", "invalid_value", "expected a string, not an integer"),
        ("/metadata/b", "invalid_value", "expected a string of at most 500 characters"),
    ]
    assert reply.refusal == (422, "unknown_field")
    assert reply.body["detail"].startswith("13 mistakes, the first: nmae is not known here")
    assert await world.value("SELECT count(*) FROM customer") == before


async def test_every_mistake_of_a_query_is_told_at_once(api: Api) -> None:
    reply = await api.get("/v1/subscriptions?limit=0&customer=inv_1&statsu=active&status=PAID")
    assert told(reply) == [
        ("/statsu", "unknown_field", "statsu is not known here: did you mean status?"),
        ("/limit", "invalid_value", "expected an integer >= 1"),
        ("/customer", "wrong_id_kind", "an id that starts with cus_ is expected"),
        (
            "/status", "invalid_value",
            "expected a string that matches ^[a-z_]{1,40}(?:,[a-z_]{1,40}){0,9}$",
        ),
    ]  # fmt: skip


async def test_a_body_of_mistakes_is_answered_with_some_of_them(api: Api) -> None:
    # given as many mistakes as a body can hold
    reply = await api.post("/v1/customers", {f"m{n}": n for n in range(12_000)})
    # then enough of them are told
    assert reply.refusal == (422, "unknown_field")
    assert len(reply.body["errors"]) == 50
    # and an unknown name is not repeated at length
    reply = await api.post("/v1/customers", {"market": "DE", "x" * 100_000: 1})
    [(pointer, _, detail)] = told(reply)
    assert (len(pointer), len(detail)) == (201, 218)


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [
        (b'{"market": "DE", "market": "SE"}', "/market"),
        (b'{"market": "DE", "market": "DE"}', "/market"),
        (rb'{"market": "DE", "mark\u0065t": "SE"}', "/market"),
        (b'{"market": "DE", "metadata": {"a": "1", "b": "2", "a": "3"}}', "/metadata/a"),
        (b'{"market": "DE", "metadata": {"a/b": "1", "a/b": "3"}}', "/metadata/a~1b"),
        (b'{"market": "DE", "tax_ids": [{}, {"type": "x", "type": "y"}]}', "/tax_ids/1/type"),
        (b'{"market": 1, "market": {"a": 1, "a": 2}}', "/market"),
        (b'{"": 1, "": 2}', "/"),
    ],
)
async def test_a_member_that_is_given_twice_is_refused(api: Api, raw: bytes, pointer: str) -> None:
    reply = await api.send("POST", "/v1/customers", raw=raw, headers=JSON)
    assert reply.refusal == (422, "invalid_value")
    assert told(reply) == [(pointer, "invalid_value", "a member is given once")]


def refused_by_rules(
    buyer: Buyer, bought: dict[str, Any], fresh: Buyer
) -> list[tuple[str, dict[str, Any], str, str]]:
    """List requests with the code and the pointer of what rules refuse in them."""
    purchase, quote = "/v1/purchases", "/v1/quotes"
    sub, customer = f"/v1/subscriptions/{bought['subscription']}", f"/v1/customers/{buyer.customer}"
    return [
        (purchase, order(fresh, plan="gold"), "unknown_plan", "/plan"),
        (purchase, order(fresh, coupon="NEVER"), "unknown_coupon", "/coupon"),
        (purchase, order(fresh, quantity=0), "quantity_refused", "/quantity"),
        (purchase, order(fresh, expect="0" * 64), "preview_stale", "/expect"),
        (purchase, {**order(fresh), "customer": NOBODY}, "customer_not_found", "/customer"),
        (
            purchase, {**order(fresh), "payment_method": buyer.payment_method},
            "payment_method_not_found", "/payment_method",
        ),
        (
            purchase, order(fresh, add_ons=[{"plan": "lossless_monthly", "quantity": 0}]),
            "quantity_refused", "/add_ons/0/quantity",
        ),
        (
            purchase, order(fresh, add_ons=[{"plan": "gold"}]), "unknown_plan", "/add_ons/0/plan",
        ),
        (quote, {"customer": NOBODY, "plan": "individual_monthly"}, "customer_not_found",
         "/customer"),
        ("/v1/refunds", {"payment": bought["payment"], "reason": "x", "amount": 10**9},
         "refund_exceeds_captured", "/amount"),
        ("/v1/refunds", {"payment": "pay_" + NOBODY[4:], "reason": "x"}, "payment_not_found",
         "/payment"),
        ("/v1/customers", {"market": "XX"}, "market_not_sold", "/market"),
        ("/v1/customers", {"market": "DE", "time_zone": "Mars/Base"}, "unknown_zone",
         "/time_zone"),
        ("/v1/customers", {"market": "DE", "name": "a\u202eb"}, "personal_text_refused", "/name"),
        (f"{sub}/change", {"plan": "gold", "when": "now"}, "unknown_plan", "/plan"),
        (f"{sub}/undo", {"intention": 99}, "nothing_to_undo", "/intention"),
        (
            f"{customer}/payment_methods",
            {"psp_account": "nowhere", "token": "tok_ok_p", "brand": "visa", "last4": "4242"},
            "psp_account_not_found", "/psp_account",
        ),
    ]  # fmt: skip


async def test_a_refusal_by_a_rule_points_at_what_it_is_about(api: Api) -> None:
    # given a buyer who has something, and one who has not
    buyer, fresh = await new_buyer(api), await new_buyer(api)
    bought = await buy(api, buyer)
    for path, body, code, pointer in refused_by_rules(buyer, bought, fresh):
        reply = await api.post(path, body)
        assert reply.body["code"] == code, (body, reply)
        assert [one["pointer"] for one in reply.body["errors"]] == [pointer], (body, reply)
    # and a list points at its parameter
    reply = await api.get(f"/v1/payments?customer={NOBODY}&after=x")
    assert reply.refusal == (400, "invalid_cursor")
    stale = await api.patch(f"/v1/customers/{buyer.customer}", {"version": 7, "name": "Other"})
    assert (stale.refusal, [one["pointer"] for one in stale.body["errors"]]) == (
        (409, "version_stale"), ["/version"],
    )  # fmt: skip


async def test_a_kept_refusal_points_there_again(api: Api) -> None:
    wanted: dict[str, Any] = order(await new_buyer(api), plan="gold")
    first, again = [await api.post("/v1/purchases", wanted, key="pointed") for _ in range(2)]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert first.body == again.body
    assert told(again)[0][0] == "/plan"
