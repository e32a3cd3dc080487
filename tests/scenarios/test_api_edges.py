"""Values at the edges of what a computer can hold are refused, and never a crash."""

import json
from datetime import date
from typing import Any, Final

import pytest

from ledgerline.api.app import OPERATIONS
from ledgerline.api.operations import Operation
from tests.scenarios.api_client import Api, buy, new_buyer, order

JSON: Final = {"Content-Type": "application/json"}
KEYED: Final = {**JSON, "Idempotency-Key": "edge"}
BALANCE: Final = "/v1/ledger/trial_balance"
NOBODY: Final = "01h455vb4pex5vsknk084sn02q"
PREFIX: Final = {
    "customers": "cus", "invoices": "inv", "payments": "pay", "purchases": "pur",
    "receipts": "rcp", "refunds": "ref", "subscriptions": "sub",
}  # fmt: skip


def address(operation: Operation) -> str:
    """Name nobody where an operation is about one thing."""
    kind = operation.path.split("/")[2]
    return operation.path.replace("{id}", f"{PREFIX.get(kind)}_{NOBODY}")


@pytest.mark.parametrize(
    "at",
    [
        "1970-01-01T00:00:00Z", "1970-01-01T12:00:00%2B12:00", "9999-12-31T23:59:59.999999Z",
        "9999-12-31T23:59:59%2B23:59", "1970-01-02T00:00:00-23:59", "2026-01-01T00:00:00%2B16:00",
        "2026-02-28t23:59:59z",
    ],
)  # fmt: skip
async def test_every_instant_of_the_calendar_is_taken(api: Api, at: str) -> None:
    assert (await api.get(f"{BALANCE}?at={at}")).status == 200


@pytest.mark.parametrize(
    "at",
    [
        "0.5", "0", "1767225600", "1e9", "-1", "NaN", "Infinity", "now", "", "true", "null",
        "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00%2B25:00",
        "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-12-31T23:59:60Z",
        "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00%2B12:00",
        "1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00%2B00:01",
        "9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59.999999-00:01",
        "10000-01-01T00:00:00Z", "%EF%BC%92026-01-01T00:00:00Z",
    ],
)  # fmt: skip
async def test_what_is_no_instant_of_the_calendar_is_pointed_at(api: Api, at: str) -> None:
    reply = await api.get(f"{BALANCE}?at={at}")
    assert reply.refusal == (422, "invalid_value")
    assert [one["pointer"] for one in reply.body["errors"]] == ["/at"]


@pytest.mark.parametrize("month", ["1000-01", "1969-12", "2026-01", "9999-12"])
async def test_every_month_is_taken(api: Api, month: str) -> None:
    assert (await api.get(f"{BALANCE}?month={month}")).status == 200


@pytest.mark.parametrize("month", ["0000-01", "0001-01", "2026-00", "2026-13", "10000-01", "2026"])
async def test_what_is_no_month_is_refused(api: Api, month: str) -> None:
    assert (await api.get(f"{BALANCE}?month={month}")).refusal == (422, "invalid_value")


@pytest.mark.parametrize(
    "to", [0.5, 0, 1e300, -(2**70), True, [], {}, "0001-01-01T00:00:00+12:00", "soon"], ids=str
)
async def test_an_instant_in_a_body_is_a_text_of_the_calendar(api: Api, to: object) -> None:
    reply = await api.post("/v1/clock/advance", {"to": to})
    assert reply.refusal == (422, "invalid_value")
    assert [one["pointer"] for one in reply.body["errors"]] == ["/to"]


async def test_days_at_the_edges_of_the_calendar_refund_what_is_from_then_on(api: Api) -> None:
    bought = await buy(api, await new_buyer(api))
    asked = {"payment": bought["payment"], "reason": "edge", "validate_only": True}
    # given that no day has passed, all days before are one and the same
    for first in (date.min, date(1969, 12, 31), date(2026, 1, 1)):
        reply = await api.post("/v1/refunds", {**asked, "from_on": str(first)}, key=None)
        assert (reply.status, reply.body["total"]["amount"]) == (200, 1199), first
    for last in (date.max, date(9999, 12, 30)):
        reply = await api.post("/v1/refunds", {**asked, "from_on": str(last)}, key=None)
        assert reply.refusal == (422, "refund_day_ahead"), last
        assert [one["pointer"] for one in reply.body["errors"]] == ["/from_on"]
    for never in ("2026-02-30", "0000-01-01", "10000-01-01", "2026-1-1", "20260101", 20260101):
        reply = await api.post("/v1/refunds", {**asked, "from_on": never}, key=None)
        assert reply.refusal == (422, "invalid_value"), never


NO_JSON: Final = (
    b"NaN", b"Infinity", b"-Infinity", b"+1", b"01", b".5", b"0x1", b"1e400", b"-1e400",
    b"9" * 5_000, rb'"\ud800"', rb'"\udc00\ud800"', b'"\x00"', b'"\xed\xa0\x80"',
    b'"\xc0\x80"', b'"\xff"', b"\xef\xbb\xbf1", b"'x'", b"1,", b"[" * 100_000,
    b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 40_000,
)  # fmt: skip
NO_VALUE: Final = (
    b"-1", b"0.5", b"1.5", b"1e2", b"1e308", b"9" * 4_000, b"-" + b"9" * 300, b"true", b"[]", b"{}",
    rb'"\u0000"', rb'"\ud83d\ude00"', b"[" * 500 + b"]" * 500, b'{"a":' * 500 + b"1" + b"}" * 500,
)  # fmt: skip
BODIES: Final = {
    "/v1/customers": b'{"market": %b}',
    "/v1/customers/cus_01h455vb4pex5vsknk084sn02q/payment_methods": b'{"card": {"bin": %b}}',
    "/v1/refunds": b'{"payment": "pay_01h455vb4pex5vsknk084sn02q", "reason": "x", "amount": %b}',
    "/v1/purchases": b'{"metadata": {"a": {"b": [%b]}}}',
}


@pytest.mark.parametrize("path", BODIES)
async def test_what_json_cannot_say_is_malformed_wherever_it_stands(api: Api, path: str) -> None:
    for raw in NO_JSON:
        reply = await api.send("POST", path, raw=BODIES[path] % raw, headers=KEYED)
        assert reply.refusal == (400, "malformed"), raw[:20]


@pytest.mark.parametrize("path", BODIES)
async def test_a_value_at_the_edge_is_refused_wherever_it_stands(api: Api, path: str) -> None:
    for raw in NO_VALUE:
        reply = await api.send("POST", path, raw=BODIES[path] % raw, headers=KEYED)
        assert reply.refusal == (422, "invalid_value"), raw[:20]


@pytest.mark.parametrize("text", ["%00", "a%00b", "%1f", "%7f", "%ed%a0%80", "%ff", "%C2%85"])
async def test_a_parameter_holds_no_character_that_cannot_be_kept(api: Api, text: str) -> None:
    for path in (
        f"/v1/customers?external_id={text}", f"/v1/customers?{text}=1",
        f"/v1/customers?after={text}", f"/v1/subscriptions?status={text}",
        f"/v1/invoices?customer={text}", f"{BALANCE}?month={text}",
    ):  # fmt: skip
        reply = await api.get(path)
        assert reply.status in {400, 422}, (path, reply)


@pytest.mark.parametrize(
    "limit", ["-1", "0", "201", "9" * 30, "9" * 5_000, "1e2", "1.0", "0x10", " 1", "1_0", "%D9%A1"]
)
async def test_a_limit_is_a_small_whole_number(api: Api, limit: str) -> None:
    reply = await api.get(f"/v1/customers?limit={limit}")
    assert reply.refusal == (422, "invalid_value")
    assert [one["pointer"] for one in reply.body["errors"]] == ["/limit"]


async def test_more_parameters_than_anybody_needs_are_refused(api: Api) -> None:
    many = "&".join(f"p{n}=1" for n in range(51))
    assert (await api.get(f"/v1/customers?{many}")).refusal == (400, "malformed")


@pytest.mark.parametrize(
    ("amount", "code"),
    [(0, "invalid_value"), (-1, "invalid_value"), (2**53, "invalid_value"),
     (2**63, "invalid_value"), (2**53 - 1, "refund_exceeds_captured")],
)  # fmt: skip
async def test_an_amount_is_whole_minor_units_that_every_reader_keeps(
    api: Api, amount: int, code: str
) -> None:
    bought = await buy(api, await new_buyer(api))
    asked = {"payment": bought["payment"], "reason": "edge", "amount": amount}
    reply = await api.post("/v1/refunds", asked)
    assert reply.refusal == (422, code)
    assert [one["pointer"] for one in reply.body["errors"]] == ["/amount"]


@pytest.mark.parametrize("version", [0, -1, 2**31, 2**31 - 1, 2**63, 10**40])
async def test_a_version_is_small_and_the_present_one(api: Api, version: int) -> None:
    buyer = await new_buyer(api)
    path = f"/v1/customers/{buyer.customer}"
    reply = await api.patch(path, {"version": version, "name": "Other"})
    assert reply.status in {409, 422}, reply
    assert [one["pointer"] for one in reply.body["errors"]] == ["/version"]


SHAPES: Final[list[Any]] = [
    None, True, -1, 1e308, 2**64, "", "\u2028", "💥" * 300, "a" * 70_000, [[]], {"": None},
]  # fmt: skip


@pytest.mark.parametrize(
    "operation", [one for one in OPERATIONS if one.body], ids=lambda one: one.name
)
async def test_no_value_of_any_member_is_a_crash(api: Api, operation: Operation) -> None:
    whole = order(await new_buyer(api)) if operation.name == "create_purchase" else {}
    assert operation.body is not None
    names = operation.body.__struct_fields__
    for name in names:
        for value in SHAPES:
            sent = {**whole, name: value, "validate_only": True}
            if "validate_only" not in names:
                del sent["validate_only"]
            ask = api.post if operation.method == "POST" else api.patch
            reply = await ask(address(operation), sent)
            assert reply.status < 500, (name, value, reply)


async def test_no_value_as_a_whole_body_is_a_crash(api: Api) -> None:
    for operation in OPERATIONS:
        if operation.body is None:
            continue
        for value in SHAPES:
            raw = json.dumps(value).encode()
            reply = await api.send(operation.method, address(operation), raw=raw, headers=JSON)
            assert 400 <= reply.status < 500, (operation.name, value, reply)
