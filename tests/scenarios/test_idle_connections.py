"""A connection that a client keeps is still there when its next request comes."""

import asyncio
from typing import Final

from ledgerline.serving import config_of
from ledgerline.web.wire import Receive, Scope, Send
from tests.listening import serving_asgi

_ASKED: Final = b"GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n"
_BALANCER_SECONDS: Final = 600
"""How long Google's load balancers keep a connection; others do for a minute."""
_SOON: Final = 0.2


async def _site(_: Scope, __: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200,
                "headers": [(b"content-length", b"2")]})  # fmt: skip
    await send({"type": "http.response.body", "body": b"ok"})


async def _is_open(reader: asyncio.StreamReader) -> bool:
    """Tell whether the server still waits for another request after a moment."""
    try:
        return await asyncio.wait_for(reader.read(1), _SOON) != b""
    except TimeoutError:
        return True


def test_a_connection_is_kept_for_longer_than_a_balancer_keeps_it() -> None:
    assert config_of(_site).timeout_keep_alive > _BALANCER_SECONDS


async def test_a_server_closes_what_is_idle_for_as_long_as_it_was_told_and_no_sooner() -> None:
    for seconds, stays in ((0, False), (1, True)):
        async with serving_asgi(_site, idle_seconds_max=seconds) as url:
            host, port = url.removeprefix("http://").split(":")
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(_ASKED)
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
            assert await _is_open(reader) == stays, seconds
            if stays:
                writer.write(_ASKED)
                assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
            writer.close()
            await writer.wait_closed()
