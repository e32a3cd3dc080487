"""HTTP itself: methods, what is accepted, addresses as they are written, bodies as they come."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from typing import Final
from urllib.parse import urlsplit

import pytest

from ledgerline.api.app import OPERATIONS
from tests.flow_world import World
from tests.scenarios.api_client import Api, buy, new_buyer

NOBODY: Final = "cus_01h455vb4pex5vsknk084sn02q"
JSON: Final = {"Content-Type": "application/json"}
PATHS: Final = sorted({one.path for one in OPERATIONS})


def address(path: str) -> str:
    return re.sub(r"\{\w+\}", NOBODY, path)


@pytest.mark.parametrize("path", PATHS)
async def test_options_and_405_name_every_method_of_an_address(api: Api, path: str) -> None:
    known = {one.method for one in OPERATIONS if one.path == path}
    expected = known | {"OPTIONS"} | ({"HEAD"} if "GET" in known else set())
    # when somebody without a key asks
    options = await api.send("OPTIONS", address(path), headers={"Authorization": ""})
    # then every method is told, and only these
    assert (options.status, options.body) == (204, b"")
    assert set(options.headers["Allow"].split(", ")) == expected
    for method in {"DELETE", "GET", "PATCH", "POST", "PUT", "TRACE"} - expected:
        refused = await api.send(method, address(path))
        assert refused.refusal == (405, "method_not_allowed"), method
        assert refused.headers["Allow"] == options.headers["Allow"]


async def test_head_is_get_without_its_body(api: Api) -> None:
    buyer = await new_buyer(api)
    bought = await buy(api, buyer)
    receipts = await api.get(f"/v1/receipts?customer={buyer.customer}")
    reads = [
        "/livez", "/readyz", "/openapi.json", "/docs/errors/malformed", "/v1/customers?limit=1",
        f"/v1/customers/{buyer.customer}", f"/v1/purchases/{bought['id']}",
        f"/v1/receipts/{receipts.body['data'][0]['id']}", f"/v1/customers/{NOBODY}", "/v1/nowhere",
        "/v1/customers?limit=0", "/v1/ledger/trial_balance?at=2026-01-01T00:00:00Z",
    ]  # fmt: skip
    for path in reads:
        read, head = await api.get(path), await api.send("HEAD", path)
        assert (head.status, head.body) == (read.status, b""), path
        assert head.headers["Content-Type"] == read.headers["Content-Type"]
        assert head.headers["Content-Length"] == read.headers["Content-Length"]
    # and it needs the same key
    shut = await api.send("HEAD", "/v1/customers", headers={"Authorization": ""})
    assert shut.status == 401


async def test_who_is_not_known_is_told_how_to_say_who_they_are(api: Api) -> None:
    for presented in ("", "Basic eDp5", "Bearer sk_test_x_y"):
        reply = await api.send("GET", "/v1/clock", headers={"Authorization": presented})
        assert reply.status == 401
        assert reply.headers["WWW-Authenticate"] == 'Bearer realm="ledgerline"'
    unsigned = await api.send("POST", "/v1/psp/aster/events", raw=b"{}", headers=JSON)
    assert unsigned.refusal == (401, "signature_refused")
    assert unsigned.headers["WWW-Authenticate"] == 'Signature realm="events"'


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("APPLICATION/JSON", 200),
        ("text/html, application/json;q=0.1", 200),
        ("application/*", 200),
        ("*/*;q=0.5", 200),
        ("", 200),
        ("anything", 200),  # no list of media types
        ("text/html", 406),
        ("application/json;q=0, text/html", 406),
        ("*/*, application/json;q=0", 406),
        ("application/pdf", 406),
    ],
)
async def test_what_the_caller_cannot_read_is_not_given(api: Api, accept: str, status: int) -> None:
    assert (await api.send("GET", "/v1/clock", headers={"Accept": accept})).status == status


async def test_who_accepts_no_answer_changes_nothing(api: Api, world: World) -> None:
    before = await world.value("SELECT count(*) FROM customer")
    sent = {**JSON, "Accept": "text/csv"}
    reply = await api.send("POST", "/v1/customers", raw=b'{"market": "DE"}', headers=sent)
    assert reply.refusal == (406, "not_acceptable")
    assert reply.body["facts"] == {"gives": "application/json"}
    assert await world.value("SELECT count(*) FROM customer") == before


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/v1/customers/{NOBODY}/", 404),
        ("/v1//customers", 404),
        ("/V1/customers", 404),
        ("/v1/%63ustomers?limit=1", 200),
        ("/v1/customers%3Flimit=1", 404),
        ("/v1/customers/a%2Fb", 404),
        ("/v1/customers/%ff", 422),
        ("/v1/customers/%00", 422),
        ("/v1/customers/%0a", 422),
        ("/v1/customers/..%2f", 404),
        ("/docs/errors/%3Cscript%3E", 404),
    ],
)
async def test_an_address_is_what_it_says_however_it_is_written(
    api: Api, path: str, status: int
) -> None:
    door = [("Authorization", f"Bearer {api.bearer}")]
    [answer] = await spoken(api, lines("GET", path, door))
    assert status_of(answer) == status


async def test_a_header_is_given_once_unless_it_is_a_list(api: Api) -> None:
    twice = {
        "Authorization": f"Bearer {api.bearer}", "Content-Type": "application/json",
        "Idempotency-Key": "twice", "Content-Encoding": "identity",
    }  # fmt: skip
    body = b'{"market": "DE"}'
    for name, value in twice.items():
        headers = [*twice.items(), (name, value), ("Content-Length", str(len(body)))]
        [answer] = await spoken(api, lines("POST", "/v1/customers", headers) + body)
        assert status_of(answer) == 400, name
        assert name.lower() in answer.decode()
    accepts = [
        ("Authorization", twice["Authorization"]),
        ("Accept", "text/html"),
        ("Accept", "*/*"),
    ]
    [answer] = await spoken(api, lines("GET", "/v1/clock", accepts))
    assert status_of(answer) == 200


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 201),
        ("Application/JSON; charset=UTF-8", 201),
        ('application/json;charset="utf-8"', 201),
        ("application/json; charset=latin-1", 415),
        ("application/json; version=2", 415),
        ("application/x-www-form-urlencoded", 415),
        ("text/json", 415),
        ("", 415),
    ],
)
async def test_a_body_says_that_it_is_json_in_utf_8(
    api: Api, content_type: str, status: int
) -> None:
    sent = {"Content-Type": content_type}
    reply = await api.send("POST", "/v1/customers", raw=b'{"market": "DE"}', headers=sent)
    assert reply.status == status


async def test_a_compressed_body_is_refused(api: Api) -> None:
    sent = {**JSON, "Content-Encoding": "gzip"}
    reply = await api.send("POST", "/v1/customers", raw=b'{"market": "DE"}', headers=sent)
    assert reply.refusal == (415, "not_json")


async def test_a_body_in_pieces_is_one_body_up_to_the_limit(api: Api) -> None:
    async def in_pieces(size: int) -> AsyncGenerator[bytes]:
        for letter in b'{"market": "DE"}':
            yield bytes([letter])
        for _ in range(size // 1024):
            yield b" " * 1024

    async with api.session.post(
        f"{api.url}/v1/customers", data=in_pieces(1024),
        headers={**JSON, "Authorization": f"Bearer {api.bearer}"},
    ) as reply:  # fmt: skip
        assert reply.status == 201
    async with api.session.post(
        f"{api.url}/v1/customers", data=in_pieces(300 * 1024),
        headers={**JSON, "Authorization": f"Bearer {api.bearer}"},
    ) as reply:  # fmt: skip
        assert (reply.status, (await reply.json())["code"]) == (413, "too_large")


async def test_a_length_beyond_the_limit_is_refused_before_its_body_comes(api: Api) -> None:
    headers = [
        ("Authorization", f"Bearer {api.bearer}"), ("Content-Type", "application/json"),
        ("Content-Length", str(10**9)),
    ]  # fmt: skip
    [answer] = await spoken(api, lines("POST", "/v1/customers", headers))
    assert status_of(answer) == 413
    assert b'"too_large"' in answer


async def test_who_leaves_in_the_middle_of_a_body_changes_nothing(api: Api, world: World) -> None:
    before = await world.value("SELECT count(*) FROM customer")
    headers = [
        ("Authorization", f"Bearer {api.bearer}"), ("Content-Type", "application/json"),
        ("Content-Length", "40"),
    ]  # fmt: skip
    address = urlsplit(api.url)
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(lines("POST", "/v1/customers", headers) + b'{"market": "DE"')
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    # then nothing is made, and the server answers on
    assert (await api.get("/livez")).status == 200
    assert await world.value("SELECT count(*) FROM customer") == before


async def test_a_connection_answers_one_request_after_another(api: Api) -> None:
    door = [("Authorization", f"Bearer {api.bearer}")]
    body = b'{"market": "XX"}'
    refused = [*door, ("Content-Type", "text/csv"), ("Content-Length", str(len(body)))]
    sent = (
        lines("GET", "/v1/nowhere", [], close=False)
        + lines("POST", "/v1/customers", refused, close=False) + body
        + lines("GET", "/v1/clock", door)
    )  # fmt: skip
    answers = await spoken(api, sent)
    assert [status_of(one) for one in answers] == [404, 415, 200]


async def test_every_answer_is_neither_kept_nor_guessed_at(api: Api) -> None:
    for path in ("/livez", "/v1/clock", "/v1/nowhere", "/openapi.json"):
        reply = await api.get(path)
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert int(reply.headers["Content-Length"]) == len(
            reply.body if isinstance(reply.body, bytes) else json.dumps(
                reply.body, separators=(",", ":"), ensure_ascii=False
            ).encode()
        )  # fmt: skip


def lines(method: str, path: str, headers: list[tuple[str, str]], *, close: bool = True) -> bytes:
    """Write the head of a request as it goes over the wire."""
    told = [("Host", "test"), *headers, *([("Connection", "close")] if close else [])]
    text = "".join(f"{name}: {value}\r\n" for name, value in told)
    return f"{method} {path} HTTP/1.1\r\n{text}\r\n".encode("latin-1")


async def spoken(api: Api, sent: bytes) -> list[bytes]:
    """Send bytes and return what came back, cut before each answer."""
    where = urlsplit(api.url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    writer.write(sent)
    await writer.drain()
    given = await reader.read()
    writer.close()
    await writer.wait_closed()
    return [b"HTTP/1.1" + part for part in given.split(b"HTTP/1.1")[1:]]


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])
