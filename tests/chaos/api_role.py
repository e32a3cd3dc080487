"""The API, here for the webhooks of the simulator; its socket outlives its processes."""

import asyncio
import socket
from typing import cast

import uvicorn

from ledgerline.api.app import make_app
from ledgerline.base.run import Run
from ledgerline.payments.model import Psps
from tests.chaos.chance import Chance
from tests.chaos.place import Place
from tests.chaos.running import opened, patiently


def warm() -> None:
    """Fill what building an application caches, once for all processes to come."""
    make_app(cast("Run", None), cast("Psps", None))


async def serve(place: Place, slot: int, _chance: Chance, listening: socket.socket) -> None:
    """Serve on the socket that was opened before the fork, until killed."""

    async def session() -> None:
        async with opened(place, f"api-{slot}", size=4) as (run, psps):
            config = uvicorn.Config(
                make_app(run, psps),
                log_config=None, access_log=False, lifespan="off",
            )  # fmt: skip
            await uvicorn.Server(config).serve(sockets=[listening])

    await asyncio.shield(patiently(session))
