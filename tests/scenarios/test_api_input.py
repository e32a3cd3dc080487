"""What the API refuses before anything happens."""

import json
from typing import Final

import pytest

from tests.flow_world import World
from tests.scenarios.api_client import Api, new_buyer, order

CARD: Final = "4242424242424242"
JSON: Final = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("_case", "raw", "headers", "status", "code"),
    [
        ("cut off", b'{"market": ', JSON, 400, "malformed"),
        ("empty", b"", JSON, 400, "malformed"),
        ("not UTF-8", b'{"market": "\xff"}', JSON, 400, "malformed"),
        ("too deep", b"[" * 100_000, JSON, 400, "malformed"),
        ("deep", b"[" * 700 + b"]" * 700, JSON, 422, "invalid_value"),
        ("two texts", b"{}{}", JSON, 400, "malformed"),
        ("half a character", rb'{"market": "\ud800"}', JSON, 400, "malformed"),
        ("a list", b"[]", JSON, 422, "invalid_value"),
        ("a form", b"market=DE", {"Content-Type": "text/plain"}, 415, "not_json"),
        ("no type", b"{}", {"Content-Type": ""}, 415, "not_json"),
        ("too large", b" " * (256 * 1024 + 1), JSON, 413, "too_large"),
        ("control character", rb'{"market": "D\u0000"}', JSON, 422, "invalid_value"),
        ("missing field", b"{}", JSON, 422, "invalid_value"),
        ("wrong type", b'{"market": 7}', JSON, 422, "invalid_value"),
        ("no such market", b'{"market": "XX"}', JSON, 422, "market_not_sold"),
        ("unknown field", b'{"market": "DE", "vip": true}', JSON, 422, "unknown_field"),
        ("zone", b'{"market": "DE", "time_zone": "Mars/Base"}', JSON, 422, "unknown_zone"),
        (
            "bidi override",
            '{"market": "DE", "name": "a\u202eb"}'.encode(), JSON, 422, "personal_text_refused",
        ),
    ],
)  # fmt: skip
async def test_a_body_that_cannot_be_used_is_refused(
    api: Api, _case: str, raw: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    reply = await api.send("POST", "/v1/customers", raw=raw, headers=headers)
    assert (reply.status, reply.body["code"]) == (status, code)
    assert reply.body["type"] == f"/docs/errors/{code}"
    assert reply.body["request_id"] == reply.headers["X-Request-Id"]


async def test_a_mistake_is_pointed_at(api: Api) -> None:
    buyer = await new_buyer(api)
    for change, pointer, code in (
        ({"quantity": "2"}, "/quantity", "invalid_value"),
        ({"price": 1}, "/price", "unknown_field"),
        ({"expect": "zz"}, "/expect", "invalid_value"),
    ):
        reply = await api.post("/v1/purchases", {**order(buyer), **change})
        assert (reply.status, reply.body["code"]) == (422, code)
        assert [one["pointer"] for one in reply.body["errors"]] == [pointer]


@pytest.mark.parametrize("quantity", [0, -1, 100_001, 2**63, 10**30])
async def test_a_quantity_that_cannot_be_is_refused(api: Api, quantity: int) -> None:
    buyer = await new_buyer(api)
    reply = await api.post("/v1/purchases", order(buyer, quantity=quantity))
    assert (reply.status, reply.body["code"]) == (422, "quantity_refused")


@pytest.mark.parametrize(
    ("_case", "more"),
    [("bool", {"quantity": True}), ("fraction", {"quantity": 1.5}), ("null", {"quantity": None})],
)
async def test_a_quantity_is_a_whole_number(api: Api, _case: str, more: dict[str, object]) -> None:
    buyer = await new_buyer(api)
    reply = await api.post("/v1/purchases", {**order(buyer), **more})
    assert (reply.status, reply.body["code"]) == (422, "invalid_value")


async def test_a_card_number_is_refused_wherever_it_stands(api: Api, world: World) -> None:
    # given a card number in a text, a number, an idempotency key, a path and a query
    spaced = "4242 4242 4242 4242"
    replies = [
        await api.post("/v1/customers", {"market": "DE", "name": f"card {spaced}"}),
        await api.post("/v1/customers", {"market": "DE", "x": int(CARD)}),
        await api.post("/v1/customers", {"market": "DE"}, key=CARD),
        await api.get(f"/v1/customers/{CARD}"),
        await api.get(f"/v1/{spaced.replace(' ', '-')}"),
        await api.get(f"/v1/customers?after={CARD}"),
        await api.get("/v1/customers?x=4242%204242%2B4242%204242"),
        await api.get("/v1/customers?x=4242+4242+4242+4242"),
    ]
    # then each is refused and none repeats the number
    for reply in (*replies[:6], replies[7]):
        assert (reply.status, reply.body["code"]) == (422, "card_number_refused"), reply
    for reply in replies:
        text = json.dumps(reply.body) + str(dict(reply.headers))
        assert CARD not in text
        assert spaced not in text
    # and nothing of it was stored
    assert await world.rows("SELECT count(*) FROM idempotency_key WHERE key = %s", CARD) == [(0,)]


async def test_a_token_that_is_a_card_number_is_refused(api: Api, world: World) -> None:
    buyer = await new_buyer(api)
    path = f"/v1/customers/{buyer.customer}/payment_methods"
    body = {"psp_account": "aster", "token": CARD, "brand": "visa", "last4": "4242"}
    reply = await api.post(path, body)
    assert (reply.status, reply.body["code"]) == (422, "card_number_refused")
    assert [one["pointer"] for one in reply.body["errors"]] == ["/token"]
    stored = await world.rows("SELECT count(*) FROM instrument WHERE psp_token = %s", CARD)
    assert stored == [(0,)]


@pytest.mark.parametrize(
    ("_case", "query", "code"),
    [
        ("typo", "limits=1", "unknown_field"),
        ("zero", "limit=0", "invalid_value"),
        ("too many", "limit=201", "invalid_value"),
        ("words", "limit=ten", "invalid_value"),
        ("twice", "limit=1&limit=2", "invalid_value"),
        ("status", "status=paid", "invalid_value"),
        ("wrong kind", "customer=inv_01h455vb4pex5vsknk084sn02q", "wrong_id_kind"),
    ],
)
async def test_parameters_that_cannot_be_used_are_refused(
    api: Api, _case: str, query: str, code: str
) -> None:
    reply = await api.get(f"/v1/subscriptions?{query}")
    assert (reply.status, reply.body["code"]) == (422, code)


async def test_an_unknown_parameter_is_refused_where_there_are_none(api: Api) -> None:
    reply = await api.get("/v1/clock?at=now")
    assert (reply.status, reply.body["code"]) == (422, "unknown_field")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/customers/{}", "/v1/purchases/{}", "/v1/subscriptions/{}", "/v1/invoices/{}",
        "/v1/payments/{}", "/v1/refunds/{}", "/v1/receipts/{}", "/v1/documents/{}",
        "/v1/documents/{}.pdf", "/v1/documents/{}.xml", "/v1/documents/{}.json",
        "/v1/customers/{}/payment_methods",
    ],
)  # fmt: skip
async def test_an_id_of_another_kind_is_refused(api: Api, path: str) -> None:
    for wrong in ("evt_01h455vb4pex5vsknk084sn02q", "x", "cus_", "%00", "price_%F0%9F%92%B3"):
        reply = await api.get(path.format(wrong))
        assert (reply.status, reply.body["code"]) == (422, "wrong_id_kind"), wrong


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/customers/cus_", "customer_not_found"),
        ("/v1/purchases/pur_", "purchase_not_found"),
        ("/v1/subscriptions/sub_", "subscription_not_found"),
        ("/v1/invoices/inv_", "invoice_not_found"),
        ("/v1/payments/pay_", "payment_not_found"),
        ("/v1/refunds/ref_", "not_found"),
        ("/v1/receipts/rcp_", "receipt_not_found"),
    ],
)
async def test_what_does_not_exist_is_not_found(api: Api, path: str, code: str) -> None:
    reply = await api.get(f"{path}01h455vb4pex5vsknk084sn02q")
    assert (reply.status, reply.body["code"]) == (404, code)


async def test_addresses_and_methods_that_do_not_exist_are_refused(api: Api) -> None:
    nowhere = await api.get("/v1/nowhere")
    assert (nowhere.status, nowhere.body["code"]) == (404, "not_found")
    deleted = await api.send("DELETE", "/v1/customers")
    assert (deleted.status, deleted.body["code"]) == (405, "method_not_allowed")


async def test_a_cursor_opens_only_its_own_list(api: Api) -> None:
    # given three customers, newest first
    made = [(await api.post("/v1/customers", {"market": "JP"})).body["id"] for _ in range(3)]
    first = await api.get("/v1/customers?limit=2")
    assert first.body["has_more"] is True
    # when the list is read on to its end
    seen, after = [one["id"] for one in first.body["data"]], first.body["next"]
    while after is not None:
        page = (await api.get(f"/v1/customers?limit=2&after={after}")).body
        seen += [one["id"] for one in page["data"]]
        after = page["next"]
    # then every customer came once
    assert set(made) <= set(seen)
    assert len(set(seen)) == len(seen)
    # and the cursor opens no other list, nor does one that was changed
    cursor = first.body["next"]
    for path in (
        f"/v1/subscriptions?after={cursor}",
        f"/v1/customers/{made[0]}/payment_methods?after={cursor}",
        f"/v1/customers?after=A{cursor[1:]}x",
        f"/v1/customers?after={'A' * 54}",
        "/v1/customers?after=%C3%A9",
    ):
        reply = await api.get(path)
        assert (reply.status, reply.body["code"]) == (400, "invalid_cursor"), path
