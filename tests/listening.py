"""Servers of tests on the loopback, and how they end.

A connection that was accepted and is not set up yet when its server closes is dropped by asyncio:
its socket is found unclosed in whatever test runs when it is collected. So whoever has connected as
a server ends is let in first.
"""

import asyncio
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import uvicorn
from aiohttp import web

from ledgerline.serving import IDLE_SECONDS_MAX, config_of

_TURNS: Final = 3  # of the loop: it is accepted, its protocol is told, its handler begins


@asynccontextmanager
async def serving(application: web.Application) -> AsyncGenerator[str]:
    """Serve an application of aiohttp for the block; give its origin."""
    runner = web.AppRunner(application)
    await runner.setup()
    with _listening() as listener:
        await web.SockSite(runner, listener).start()
        try:
            yield origin_of(listener)
        finally:
            await let_in(listener)
            await runner.cleanup()


@asynccontextmanager
async def serving_asgi(
    application: Any, *, idle_seconds_max: int = IDLE_SECONDS_MAX
) -> AsyncGenerator[str]:
    """Serve an application as ``ledgerline serve`` does for the block; give its origin."""
    server = uvicorn.Server(config_of(application, idle_seconds_max=idle_seconds_max))
    with _listening() as listener:
        # Accepted sockets inherit it: head and body of an answer are two writes.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            assert not task.done(), "the server did not start"
            await asyncio.sleep(0.01)
        yield origin_of(listener)
        await let_in(listener)
        server.should_exit = True
        await task


async def let_in(listener: socket.socket) -> None:
    """Accept nobody from now on, and let whoever was accepted come in."""
    asyncio.get_running_loop().remove_reader(listener.fileno())
    for _ in range(_TURNS):
        await asyncio.sleep(0)


def origin_of(listener: socket.socket) -> str:
    """Return the address under which something listens."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def _listening() -> Generator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener
