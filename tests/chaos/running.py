"""One process of a chaos run: its pools, its gateway, and patience with a server that is away."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from ledgerline.base.crypto import Keyring
from ledgerline.base.db import connected
from ledgerline.base.errors import OutcomeUnknown, Unavailable
from ledgerline.base.http import HttpClient
from ledgerline.base.run import Run
from ledgerline.flows.put_psp_account import read_merchants
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.model import Psps
from tests.chaos.chance import Chance
from tests.chaos.place import KEK, Place
from tests.chaos.plants import planted

Role = Callable[[Place, int, Chance, socket.socket], Coroutine[Any, Any, None]]


class Running(NamedTuple):
    """An open process."""

    run: Run
    psps: Psps


@asynccontextmanager
async def opened(place: Place, name: str, *, size: int = 6) -> AsyncIterator[Running]:
    """Open pools and gateway; raises ``Unavailable`` while the server is away."""
    async with (
        connected(place.database_url, size=size, name=name) as database,
        HttpClient() as client,
    ):
        run = Run(database, Keyring(KEK))
        merchants = await read_merchants(run)
        gateway = Gateway({one.code: Connection(one, Sandbox()) for one in merchants}, client)
        yield Running(run, planted(place.plant, gateway))


async def patiently(work: Callable[[], Awaitable[None]]) -> None:
    """Do ``work`` until it ends; what only needs another try gets one."""
    while True:
        try:
            await work()
        except (Unavailable, OutcomeUnknown):
            await asyncio.sleep(0.05)
        else:
            return
