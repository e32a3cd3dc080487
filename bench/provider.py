"""A calm provider in a process of its own, and the gateway that speaks to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from bench.stage import Stage
from ledgerline.base.http import HttpClient
from ledgerline.cli import simulator
from ledgerline.flows.put_psp_account import NewPspAccount, put_psp_account, read_psp_access
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.model import AccountAccess

DEADLINE_MS = 10_000
IN_FLIGHT_MAX = 64


@dataclass(frozen=True, slots=True)
class Provider:
    """What a benchmark charges through; ``http`` is the client below ``gateway``."""

    gateway: Gateway
    http: HttpClient
    access: dict[str, AccountAccess]


@asynccontextmanager
async def calm_provider(stage: Stage, folder: Path) -> AsyncIterator[Provider]:
    """Run the simulator's calm world, which approves everything, and register its accounts.

    ``reset`` of the stage comes before, since it empties the accounts.
    """
    world = Path(str(files("pspsim").joinpath("worlds", "calm.json")))
    with simulator.running(world, seed=1, state=folder) as psp:
        for code, account in psp.accounts.items():
            await put_psp_account(
                stage.run,
                NewPspAccount(
                    code=code,
                    psp="sandbox",
                    base_url=f"{psp.url}/{code}",
                    api_secret=account["api_secret"],
                    webhook_secret=account["webhook_secret"],
                    call_deadline_ms=DEADLINE_MS,
                ),
            )
        access = {one.code: one for one in await read_psp_access(stage.run)}
        async with HttpClient(in_flight_max=IN_FLIGHT_MAX) as http:
            connections = {code: Connection(one, Sandbox()) for code, one in access.items()}
            yield Provider(Gateway(connections, http), http, access)
