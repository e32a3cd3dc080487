"""A calm provider in a process of its own, and the gateway that speaks to it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from bench.stage import Stage
from ledgerline.base.http import HttpClient
from ledgerline.cli import simulator
from ledgerline.flows.put_psp_account import put_psp_account, read_merchants
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.contract import Merchant

DEADLINE_MS = 10_000
IN_FLIGHT_MAX = 64


@dataclass(frozen=True, slots=True)
class Provider:
    """What a benchmark charges through; ``http`` is the client below ``gateway``."""

    gateway: Gateway
    http: HttpClient
    merchants: dict[str, Merchant]


USUAL_LATENCY: Final = {"median_ms": 80, "tail_ppm": 10_000, "tail_ms": [1_000, 2_000]}
"""What a provider takes for an answer: one in a hundred takes seconds."""


@asynccontextmanager
async def calm_provider(
    stage: Stage, folder: Path, *, latency: Mapping[str, object] | None = None
) -> AsyncIterator[Provider]:
    """Run the simulator's calm world, which approves everything, and register its accounts.

    ``reset`` of the stage comes before, since it empties the accounts.
    """
    calm = json.loads(files("pspsim").joinpath("worlds", "calm.json").read_text("utf-8"))
    world = folder / "world.json"
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    await asyncio.to_thread(world.write_text, json.dumps(calm | {"latency": latency}), "utf-8")
    with simulator.running(world, seed=1, state=folder / "psp") as psp:
        for code in psp.accounts:
            new = psp.merchant_account(code, call_deadline_ms=DEADLINE_MS)
            await put_psp_account(stage.run, Sandbox(), new)
        merchants = {one.code: one for one in await read_merchants(stage.run)}
        async with HttpClient(in_flight_max=IN_FLIGHT_MAX) as http:
            connections = {code: Connection(one, Sandbox()) for code, one in merchants.items()}
            yield Provider(Gateway(connections, http), http, merchants)
