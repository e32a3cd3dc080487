"""The worker as it is shipped: every job under leases, until killed."""

import asyncio
import os
import socket

from ledgerline.jobs.worker import work
from tests.chaos.chance import Chance
from tests.chaos.place import Place
from tests.chaos.running import opened, patiently


async def jobs(place: Place, slot: int, _chance: Chance, _socket: socket.socket) -> None:
    """Do what ``ledgerline work`` does."""

    async def session() -> None:
        name = f"jobs-{slot}:{os.getpid()}"  # the watch compares it with the holder of a lease
        async with opened(place, name, size=10) as (run, psps):
            await work(run, psps, jobs=(), stop=asyncio.Event())

    await patiently(session)
