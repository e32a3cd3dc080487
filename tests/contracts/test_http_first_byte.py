"""What the HTTP client claims about a failed call, checked against what the server saw."""

import asyncio
import contextvars
import gzip
import time
from pathlib import Path

import pytest

from ledgerline.base import db
from ledgerline.base.http import REPLY_BYTES_MAX, Failure, HttpClient, Phase, Reply, Within
from tests.clocks import Slept
from tests.contracts.loopback import OK, Script, Server, reply, saying, self_signed, serving

HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"
NO_LENGTH = b"HTTP/1.1 200 OK\r\n\r\n"
TOO_MUCH = b"x" * (REPLY_BYTES_MAX + 1)
BOMB = reply(gzip.compress(b"\0" * 50_000_000), "Content-Encoding: gzip")


async def call(
    client: HttpClient,
    url: str,
    *,
    method: str = "POST",
    deadline: float = 5.0,
    account: str = "aster",
) -> Reply | Failure:
    return await client.send(
        url,
        method=method,
        headers=(("Content-Type", "application/json"),),
        body=b"" if method == "GET" else b'{"amount":1}',
        within=Within(deadline),
        in_flight=account,
    )


async def phase(url: str, *, method: str = "POST", deadline: float = 5.0) -> Phase:
    async with HttpClient() as client:
        answer = await call(client, url, method=method, deadline=deadline)
    assert isinstance(answer, Failure), answer
    assert answer.detail
    return answer.phase


async def test_complete_answer_arrives_with_lower_case_headers_and_exact_bytes() -> None:
    raw = reply(b'{"a":1}', "Retry-After: 3", "X-Twice: 1", "X-Twice: 2")
    async with serving(saying(raw)) as server, HttpClient() as client:
        answer = await call(client, f"{server.url}/v1/charges?reference=a%2Fb")
    assert isinstance(answer, Reply)
    assert (answer.status, answer.body) == (200, b'{"a":1}')
    assert (answer.headers["retry-after"], answer.headers["x-twice"]) == ("3", "1, 2")
    assert server.requests[0].startswith(b"POST /v1/charges?reference=a%2Fb HTTP/1.1\r\n")
    assert server.requests[0].endswith(b'\r\n\r\n{"amount":1}')


async def test_refused_connection_is_not_connected() -> None:
    async with serving(saying(OK)) as server:
        url = server.url
    assert await phase(url) is Phase.NOT_CONNECTED


@pytest.mark.parametrize("url", ["not a url", "ftp://127.0.0.1/", "http://"])
async def test_address_that_leads_nowhere_is_not_connected(url: str) -> None:
    assert await phase(url) is Phase.NOT_CONNECTED


async def test_certificate_nobody_vouches_for_is_not_connected(tmp_path: Path) -> None:
    async with serving(saying(OK), tls=self_signed(tmp_path)) as server:
        assert await phase(server.url) is Phase.NOT_CONNECTED
    assert server.requests == []


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize(
    ("_case", "script", "expected"),
    [
        ("closed after the request", saying(), Phase.BYTES_SENT),
        ("half a head", saying(b"HTTP/1.1 200 O"), Phase.BYTES_SENT),
        ("no HTTP at all", saying(b"SSH-2.0-nothing\r\n\r\n"), Phase.BYTES_SENT),
        ("half a reply", saying(HALF), Phase.REPLY_PARTIAL),
        ("more than 1 MiB", saying(reply(TOO_MUCH)), Phase.REPLY_PARTIAL),
        ("more, without a length", saying(NO_LENGTH, TOO_MUCH), Phase.REPLY_PARTIAL),
        ("a bomb of 50 MB in 50 kB", saying(BOMB), Phase.REPLY_PARTIAL),
        ("no gzip", saying(reply(b"plain", "Content-Encoding: gzip")), Phase.REPLY_PARTIAL),
    ],
)
async def test_answer_that_breaks_off_is_told_apart_and_never_asked_for_again(
    _case: str, script: Script, expected: Phase, method: str
) -> None:
    async with serving(script) as server:
        assert await phase(server.url, method=method) is expected
        await asyncio.sleep(0.02)  # time for a second try, if there were one
    assert (server.connections, len(server.requests)) == (1, 1)


async def test_connection_closed_on_accept_counts_as_sent_since_bytes_may_have_left() -> None:
    async with serving(saying(), reads=False) as server:
        assert await phase(server.url) is Phase.BYTES_SENT
    assert server.connections == 1


@pytest.mark.parametrize(
    ("_case", "script", "expected"),
    [
        ("silence", saying(OK, pause=30), Phase.BYTES_SENT),
        ("a byte now and then", saying(HALF, *[b" "] * 90, pause=0.05), Phase.REPLY_PARTIAL),
    ],
)
async def test_deadline_holds_for_the_whole_exchange(
    _case: str, script: Script, expected: Phase
) -> None:
    began = time.monotonic()
    async with serving(script) as server:
        assert await phase(server.url, deadline=0.3) is expected
    assert 0.25 < time.monotonic() - began < 2
    assert len(server.requests) == 1


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_kept_connection_closed_under_a_request_is_not_tried_on_a_new_one(
    method: str,
) -> None:
    # given a server that answers once, keeps the connection and drops it on the second request
    async def once(server: Server, writer: asyncio.StreamWriter) -> bool:
        if len(server.requests) == 1:
            writer.write(OK)
        return len(server.requests) == 1

    async with serving(once) as server, HttpClient() as client:
        assert isinstance(await call(client, server.url, method=method), Reply)
        # when the second request meets the drop
        broken = await call(client, server.url, method=method)
        await asyncio.sleep(0.02)
    # then it is reported, and the server saw it exactly once
    assert isinstance(broken, Failure)
    assert broken.phase is Phase.BYTES_SENT
    assert (server.connections, len(server.requests)) == (1, 2)


async def test_connection_is_kept_for_the_next_call_but_not_after_it_was_idle() -> None:
    impatient = HttpClient(idle_seconds_max=0.2)
    async with serving(saying(OK, keep=True)) as server, impatient as client:
        await call(client, server.url)
        await call(client, server.url)
        assert server.connections == 1
        await asyncio.sleep(0.3)
        await call(client, server.url)
    assert (server.connections, len(server.requests)) == (2, 3)


async def test_time_for_the_first_byte_that_has_passed_sends_nothing() -> None:
    # given an open connection
    async with serving(saying(OK, keep=True)) as server, HttpClient() as client:
        await call(client, server.url)
        # when the next call has no time left just before its first byte
        late = await call(client, server.url, deadline=0.0)
        await asyncio.sleep(0.02)
    # then not one byte left
    assert isinstance(late, Failure)
    assert late.phase is Phase.NO_BYTE_SENT
    assert len(server.requests) == 1


async def test_machine_that_sleeps_while_a_call_waits_for_its_place_sends_nothing() -> None:
    # given an account whose only place is taken for a moment
    clock = Slept()
    narrow = HttpClient(in_flight_max=1, clock=clock)
    async with serving(saying(OK, pause=0.2)) as server, narrow as client:
        taken = asyncio.create_task(call(client, server.url))
        await asyncio.sleep(0.05)
        waiting = asyncio.create_task(call(client, server.url))
        await asyncio.sleep(0.05)
        # when the machine sleeps, of which the loop's own clock knows nothing
        clock.since_boot = 3600.0
        late = await waiting
        await taken
    # then not one byte of the second leaves
    assert isinstance(late, Failure)
    assert late.phase is Phase.NO_BYTE_SENT
    assert len(server.requests) == 1


async def test_call_that_gets_no_place_in_time_is_not_begun() -> None:
    # given an account whose only place is taken
    narrow = HttpClient(in_flight_max=1, first_byte_seconds=0.2)
    async with serving(saying(OK, pause=1)) as server, narrow as client:
        taken = asyncio.create_task(call(client, server.url))
        await asyncio.sleep(0.05)
        # when a second call waits for it
        waiting = await call(client, server.url, deadline=30)
        other = await call(client, server.url, account="boreal")
        first = await taken
    # then it was never begun, while another account is not held up
    assert isinstance(waiting, Failure)
    assert waiting.phase is Phase.NOT_STARTED
    assert isinstance(first, Reply)
    assert isinstance(other, Reply)
    assert len(server.requests) == 2


@pytest.mark.parametrize("pause", [0.0, 0.05])
async def test_reply_nobody_asked_for_is_not_given_to_the_next_request(pause: float) -> None:
    # given a server that answers its first request twice, the second time at once or later
    async def twice(server: Server, writer: asyncio.StreamWriter) -> bool:
        number = len(server.requests)
        writer.write(reply(b"mine" if number == 1 else b"next"))
        await asyncio.sleep(pause)
        if number == 1:
            writer.write(reply(b"stray"))
        return True

    async with serving(twice) as server, HttpClient() as client:
        first = await call(client, server.url)
        await asyncio.sleep(0.1)
        second = await call(client, server.url)
    # then the stray reply is dropped with its connection
    assert isinstance(first, Reply)
    assert isinstance(second, Reply)
    assert (first.body, second.body) == (b"mine", b"next")
    assert (server.connections, len(server.requests)) == (2, 2)


async def test_connection_that_ended_while_idle_is_replaced_before_a_byte_is_sent() -> None:
    # given a server that closes after each answer without announcing it
    async with serving(saying(OK)) as server, HttpClient() as client:
        first = await call(client, server.url)
        # when the end has reached this machine but nobody has looked at the socket yet
        time.sleep(0.02)  # noqa: ASYNC251  # the loop must not turn
        second = await call(client, server.url)
    # then a clean call goes out on a new connection instead of an unknown one on the old
    assert isinstance(first, Reply)
    assert isinstance(second, Reply)
    assert (server.connections, len(server.requests)) == (2, 2)


@pytest.mark.parametrize("status", ["302 Found", "307 Temporary Redirect", "503 Unavailable"])
async def test_redirect_or_error_is_an_answer_and_is_not_followed(status: str) -> None:
    raw = reply(b"", "Location: /elsewhere", "Retry-After: 0", status=status)
    async with serving(saying(raw, keep=True)) as server, HttpClient() as client:
        answer = await call(client, server.url, method="GET")
        await asyncio.sleep(0.02)
    assert isinstance(answer, Reply)
    assert answer.status == int(status[:3])
    assert len(server.requests) == 1


async def test_reply_of_exactly_one_mebibyte_is_read_also_when_compressed() -> None:
    body = b"x" * REPLY_BYTES_MAX
    raw = reply(gzip.compress(body), "Content-Encoding: gzip")
    async with serving(saying(raw)) as server, HttpClient() as client:
        answer = await call(client, server.url)
    assert isinstance(answer, Reply)
    assert answer.body == body


async def test_call_inside_a_transaction_is_a_defect_and_sends_nothing() -> None:
    # given a task in which a transaction is open
    inside = contextvars.copy_context()
    inside.run(db._OPEN.set, 1)  # noqa: SLF001  # no database is needed to hold the door open
    async with serving(saying(OK)) as server, HttpClient() as client:
        task = asyncio.get_running_loop().create_task(call(client, server.url), context=inside)
        with pytest.raises(AssertionError, match="transaction"):
            await task
    assert server.connections == 0


async def test_cancellation_by_the_caller_is_not_swallowed() -> None:
    async with serving(saying(OK, pause=30)) as server, HttpClient() as client:
        task = asyncio.create_task(call(client, server.url))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert len(server.requests) == 1
