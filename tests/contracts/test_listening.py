"""Servers of tests leave no socket behind, whoever connects as they end."""

import asyncio
import gc
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import pytest
from aiohttp import web
from yarl import URL

from tests.contracts import loopback
from tests.listening import serving, serving_asgi

TURNS_MAX: Final = 6


async def _nothing(_scope: Any, _receive: Any, _send: Any) -> None:
    """Answer nobody."""


@pytest.mark.parametrize("turns", range(TURNS_MAX))
@pytest.mark.parametrize(
    "opened",
    [
        pytest.param(lambda: serving(web.Application()), id="aiohttp"),
        pytest.param(lambda: serving_asgi(_nothing), id="asgi"),
        pytest.param(lambda: loopback.serving(loopback.saying()), id="loopback"),
    ],
)
async def test_who_connects_as_a_server_ends_leaves_no_socket(
    opened: Callable[[], AbstractAsyncContextManager[str | loopback.Server]], turns: int
) -> None:
    # given somebody whose connection is accepted, set up or begun as the server ends
    async with opened() as served:
        url = URL(served if isinstance(served, str) else served.url)
        with socket.create_connection((str(url.host), url.port or 0)):
            for _ in range(turns):
                await asyncio.sleep(0)
    # then what is collected was closed; pytest fails where it was not
    gc.collect()
