"""HTTP/1.1 on a socket, down to the faults a framework would not let us make.

A request is answered in order, one at a time per connection. An answer may be late, cut in half
or missing; after anything but a whole answer the connection ends.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final, NamedTuple, cast

import httptools
from typing_extensions import override

from pspsim.replies import JSON, Reply, Send, problem

BODY_BYTES_MAX: Final = 4 * 1024 * 1024  # evidence is a file
HEADER_BYTES_MAX: Final = 16 * 1024

_HEADS: Final = {
    int(status): (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        "content-type: application/json\r\ncontent-length: "
    ).encode()
    for status in HTTPStatus
}


class Request(NamedTuple):
    """Hold what the public API reads of a request."""

    method: bytes
    target: bytes
    authorization: bytes
    key: bytes
    body: bytes
    headers: Mapping[bytes, bytes]
    """All of them; names are lower case."""
    keep_alive: bool = True


class Connection(asyncio.Protocol):
    """Serve one client connection."""

    __slots__ = (
        "_answer",
        "_body",
        "_connections",
        "_headers",
        "_parser",
        "_queue",
        "_room",
        "_target",
        "_transport",
        "_waits",
    )

    def __init__(self, answer: Callable[[Request], Reply], connections: "set[Connection]") -> None:
        """Answer every request with ``answer``; stay in ``connections`` while open."""
        self._answer = answer
        self._connections = connections
        self._parser = httptools.HttpRequestParser(self)
        self._queue: deque[Request] = deque()
        self._waits = False
        self._transport: asyncio.Transport | None = None
        self.on_message_begin()

    def close(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._connections.add(self)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        self._transport = None
        self._queue.clear()

    @override
    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._send(
                problem(400, "invalid_request", message="this is not HTTP/1.1"), keep_alive=False
            )
            return
        if self._room < 0:
            self._send(
                problem(413, "invalid_request", message="the request is too large"),
                keep_alive=False,
            )
            return
        self._serve()

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._target = b""
        self._headers: dict[bytes, bytes] = {}
        self._body = b""
        self._room = HEADER_BYTES_MAX

    def on_url(self, url: bytes) -> None:
        """Take a part of the request target."""
        self._target += url
        self._room -= len(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header."""
        self._headers[name.lower()] = value
        self._room -= len(name) + len(value)

    def on_headers_complete(self) -> None:
        """Make room for a body, unless the headers took too much already."""
        if self._room >= 0:
            self._room = BODY_BYTES_MAX

    def on_body(self, body: bytes) -> None:
        """Take a part of the body, up to the limit."""
        self._room -= len(body)
        if self._room >= 0:
            self._body += body

    def on_message_complete(self) -> None:
        """Queue the request."""
        if self._room < 0:
            return
        request = Request(
            method=self._parser.get_method(),
            target=self._target,
            authorization=self._headers.get(b"authorization", b""),
            key=self._headers.get(b"idempotency-key", b""),
            body=self._body,
            headers=self._headers,
            keep_alive=self._parser.should_keep_alive(),
        )
        self._queue.append(request)

    def _serve(self) -> None:
        while self._queue and not self._waits:
            request = self._queue.popleft()
            reply = self._answer(request)
            if reply.wait_ms > 0:
                self._waits = True
                loop = asyncio.get_running_loop()
                loop.call_later(reply.wait_ms / 1000, self._resume, reply, request.keep_alive)
            else:
                self._send(reply, keep_alive=request.keep_alive)

    def _resume(self, reply: Reply, keep_alive: bool) -> None:  # noqa: FBT001 -- call_later passes by position
        self._waits = False
        self._send(reply, keep_alive=keep_alive)
        self._serve()

    def _send(self, reply: Reply, *, keep_alive: bool) -> None:
        if reply.when_sent is not None:
            reply.when_sent()
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if reply.send is Send.NOTHING:
            transport.abort()
            return
        end = b"\r\n\r\n" if keep_alive else b"\r\nconnection: close\r\n\r\n"
        length = b"%d\r\n" % len(reply.body)
        head = _HEADS[reply.status].replace(JSON, reply.content_type) + length + reply.headers
        raw = head[:-2] + end + reply.body
        if reply.send is Send.HALF:
            raw = raw[: len(raw) // 2]
        transport.write(raw)
        if reply.send is Send.HALF or not keep_alive:
            transport.close()
