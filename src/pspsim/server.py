"""One process, two listeners: the public port of all providers and the control port."""

import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvloop
from aiohttp import web

from pspsim.books import Books
from pspsim.dialects.adyen.dialect import Adyen
from pspsim.dialects.gocardless.dialect import GoCardless
from pspsim.dialects.native import Native
from pspsim.dialects.stripe.face import Stripe
from pspsim.draws import Draws
from pspsim.http_control import Control
from pspsim.http_public import PublicApi
from pspsim.http_wire import Connection
from pspsim.journal import Journal
from pspsim.provider import Dialect, Provider
from pspsim.records import encode
from pspsim.webhooks import Sender
from pspsim.world import World, WorldRefused

DIALECTS: Final[Mapping[str, Dialect]] = {
    "adyen": Adyen(),
    "gocardless": GoCardless(),
    "native": Native(),
    "stripe": Stripe(),
}
"""By the word that a world file has for them."""
BACKLOG: Final = 2048
# The books only grow: looking through them for garbage is work without a find.
_GC_THRESHOLDS: Final = (50_000, 20, 100)


@dataclass(frozen=True, slots=True)
class Options:
    """Say what to serve and where; port 0 lets the system choose."""

    world: World
    seed: int
    state: Path
    host: str
    port: int
    control_port: int
    exits_with_parent: bool


def serve(options: Options) -> None:
    """Serve until SIGTERM, SIGINT or, if asked for, the end of standard input.

    Prints one JSON line with the ports once both listen. Raises ``JournalRefused``.
    """
    uvloop.run(_serve(options))


async def _serve(options: Options) -> None:
    dialects = _dialects(options.world)
    journal = Journal(options.state)
    draws = Draws(options.seed)
    books = Books(options.world, seed=options.seed, journal=journal)
    sender = Sender(world=options.world, draws=draws, books=books)
    providers = {
        name: Provider(
            name,
            dialect=dialects[name],
            world=options.world,
            draws=draws,
            books=books,
            announce=sender.announce,
        )
        for name in options.world.providers
    }
    await sender.start(providers)
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
    control = web.AppRunner(Control(books, providers, sender).application(), access_log=None)
    await control.setup()
    try:
        await _listen(options, providers, control=control)
    finally:
        await control.cleanup()
        await sender.stop()
        journal.close()


def _dialects(world: World) -> dict[str, Dialect]:
    found, problems = {}, []
    for name, provider in world.providers.items():
        dialect = DIALECTS.get(provider.dialect)
        if dialect is None:
            problems.append(f"providers.{name}: there is no dialect {provider.dialect!r}")
        else:
            found[name] = dialect
    if problems:
        raise WorldRefused(world.name, problems)
    return found


async def _listen(
    options: Options, providers: Mapping[str, Provider], *, control: web.AppRunner
) -> None:
    api = PublicApi(providers)
    stopped = _stop_signal(exits_with_parent=options.exits_with_parent)
    connections: set[Connection] = set()
    loop = asyncio.get_running_loop()
    public = await loop.create_server(
        lambda: Connection(api, connections), options.host, options.port, backlog=BACKLOG
    )
    site = web.TCPSite(control, options.host, options.control_port, shutdown_timeout=1)
    await site.start()
    port = public.sockets[0].getsockname()[1]
    for provider in providers.values():
        provider.origin = f"http://{options.host}:{port}"
    ready = {
        "ready": True,
        "port": port,
        "control_port": control.addresses[0][1],
    }
    sys.stdout.write(encode(ready).decode() + "\n")
    sys.stdout.flush()
    await stopped.wait()
    public.close()
    for connection in list(connections):
        connection.close()


def _stop_signal(*, exits_with_parent: bool) -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    if exits_with_parent:
        # A thread, since standard input may be a file, which an event loop cannot watch.
        watch = threading.Thread(target=_wait_for_parent, args=(loop, stopped), daemon=True)
        watch.start()
    return stopped


def _wait_for_parent(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    loop.call_soon_threadsafe(stopped.set)
