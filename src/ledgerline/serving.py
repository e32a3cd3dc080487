"""API and pages as a server: composed apart, since most commands serve nothing."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from typing_extensions import override

from ledgerline.access.contract import Provider
from ledgerline.api.app import make_app
from ledgerline.base.run import Run
from ledgerline.cli.program import Paying
from ledgerline.console.pages import PREFIX, make_console
from ledgerline.payments.model import Psps
from ledgerline.postbox.pages import PREFIX as MAIL
from ledgerline.postbox.pages import make_postbox
from ledgerline.storefront.pages import PREFIXES, make_pages
from ledgerline.web.wire import Asgi, Receive, Scope, Send

DRAIN_SECONDS_MAX: Final = 10
# Whoever keeps a connection must not find it closed under the next request: a POST that is cut off
# has no answer. Balancers keep theirs for a minute, Google's for ten.
IDLE_SECONDS_MAX: Final = 620


def make_site(run: Run, psps: Psps, provider: Provider | None = None) -> Asgi:
    """Put the API, the pages of buyers, the console and the postbox behind one origin."""
    api, pages, postbox = make_app(run, psps), make_pages(run, psps), make_postbox(run)
    console = make_console(run, psps, provider)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        if path == PREFIX or path.startswith(f"{PREFIX}/"):
            await console(scope, receive, send)
        elif path == MAIL or path.startswith(f"{MAIL}/"):
            await postbox(scope, receive, send)
        else:
            await (pages if path.startswith(PREFIXES) else api)(scope, receive, send)

    return serve


def config_of(site: Asgi, *, idle_seconds_max: int = IDLE_SECONDS_MAX) -> uvicorn.Config:
    """Say how a site is served: a connection that is idle for longer is closed."""
    return uvicorn.Config(
        site, log_config=None, access_log=False, lifespan="off", ws="none", server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS_MAX, timeout_keep_alive=idle_seconds_max,
    )  # fmt: skip


class _Server(uvicorn.Server):
    """A server that leaves signals alone: the command decides when everything stops."""

    @contextmanager
    @override
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(paying: Paying, *, listening: socket.socket, stop: asyncio.Event) -> None:
    """Serve on a socket until ``stop`` is set, then finish the requests at hand."""
    server = _Server(config_of(make_site(paying.run, paying.psps, paying.provider)))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving
    stopped.cancel()
