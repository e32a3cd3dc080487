"""What a provider that answers ten times as slowly does to everybody else: their 99th percentiles.

The API, a worker and the simulator run as processes of their own. Requests come at even instants
whatever became of those before, and an answer's time counts from its instant, so waiting counts.
"""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Final

import psycopg

from bench.buyers import Buyer, Shop, body_of, seed_buyers
from bench.processes import command, serving
from bench.provider import DEADLINE_MS
from bench.report import Figure
from bench.stage import Stage
from ledgerline.base.http import HttpClient, Reply, Within
from ledgerline.cli import simulator
from ledgerline.cli.simulator import Simulator
from ledgerline.flows.create_api_key import create_api_key
from ledgerline.flows.put_psp_account import put_psp_account
from ledgerline.payments.adapters.sandbox.connector import Sandbox

NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)  # the clock of the stage
WELL, SLOW = "aster", "boreal"
USUAL_MS: Final = 80
TIMES: Final = 10
ALL_PPM: Final = 1_000_000
WARM_UP_SECONDS: Final = 5.0
PER_SECOND: Final[Mapping[str, int]] = {
    "subscriptions": 15, "payments": 15, "quote": 5, "purchase": 6, "purchase_slow": 6,
}  # fmt: skip
"""Requests offered a second; all but the last have nothing to do with the slow provider."""
IDLE_SECONDS_MAX: Final = 2.0  # the API closes a connection after five
NO_LIMIT: Final = 10_000  # the client of the benchmark holds nothing back
Ask = Callable[[], Awaitable[None]]


async def slow_provider(
    stage: Stage, *, rounds: int = 4, seconds: float = 10.0, warm_up: float = WARM_UP_SECONDS
) -> list[Figure]:
    """Measure the endpoints beside a usual provider and beside a slow one, in turn."""
    await stage.reset()
    api_key = await create_api_key(stage.run, principal="bench", live=False)
    lasts = warm_up + 2 * rounds * seconds
    with tempfile.TemporaryDirectory(prefix="ledgerline-bench-slow-") as name:
        folder = Path(name)
        async with _providers(stage, folder) as psp:
            buyers = await asyncio.to_thread(_buyers, stage, lasts)
            async with (
                serving(stage, folder, processes=1) as addresses,
                command(stage, folder / "work.log", "work"),
                HttpClient(in_flight_max=NO_LIMIT, idle_seconds_max=IDLE_SECONDS_MAX) as http,
            ):
                clients = _Clients(Shop(http, addresses, api_key), buyers)
                await clients.offer(warm_up)
                await asyncio.to_thread(stage.analyze)
                usual, slow = _Times(), _Times()
                for _ in range(rounds):
                    for ppm, times in ((0, usual), (ALL_PPM, slow)):
                        await _slow_down(http, psp, ppm)
                        times.add(await clients.offer(seconds))
    return [_figure(name, usual, slow) for name in PER_SECOND]


def _figure(name: str, usual: "_Times", slow: "_Times") -> Figure:
    value, limit = slow.p99_ms(name), usual.p99_ms(name)
    if name == "purchase_slow":
        note = f"p99 of purchases at the provider that is {TIMES} times as slow, to compare"
    else:
        note = f"p99 beside it, {PER_SECOND[name]} a second; goal ≤ 2"
    return Figure(
        name=f"slow_provider_{name.removesuffix('_slow')}{'_there' * name.endswith('_slow')}",
        value=value,
        unit="ms",
        limit=limit,
        ratio=value / limit,
        note=f"{note}; limit: while it is as usual, {len(usual.seconds[name]):,} requests each",
    )


@dataclass(frozen=True, slots=True)
class _Times:
    """How long answers took, by endpoint."""

    seconds: dict[str, list[float]] = field(
        default_factory=lambda: {name: [] for name in PER_SECOND}
    )

    def add(self, taken: Mapping[str, list[float]]) -> None:
        for name, seconds in taken.items():
            self.seconds[name] += seconds

    def p99_ms(self, name: str) -> float:
        ordered = sorted(self.seconds[name])
        return 1_000 * ordered[len(ordered) * 99 // 100]


@dataclass(frozen=True, slots=True)
class _Clients:
    """Everybody who asks the API; ``buyers`` are by the account of their card."""

    shop: Shop
    buyers: Mapping[str, Iterator[Buyer]]

    async def offer(self, seconds: float) -> dict[str, list[float]]:
        """Ask for so long; return how long each answer took, by endpoint."""
        known = next(self.buyers[WELL])
        quote = json.loads(body_of(known))
        del quote["payment_method"]
        asks: dict[str, Ask] = {
            "subscriptions": lambda: self._send("GET", "/v1/subscriptions?limit=20"),
            "payments": lambda: self._send("GET", "/v1/payments?limit=20"),
            "quote": lambda: self._send("POST", "/v1/quotes", json.dumps(quote).encode()),
            "purchase": lambda: self.shop.buy(0, next(self.buyers[WELL])),
            "purchase_slow": lambda: self.shop.buy(0, next(self.buyers[SLOW])),
        }
        taken = await asyncio.gather(
            *(_at_even_instants(ask, PER_SECOND[name], seconds) for name, ask in asks.items())
        )
        return dict(zip(asks, taken, strict=True))

    async def _send(self, method: str, path: str, body: bytes = b"") -> None:
        reply = await self.shop.http.send(
            self.shop.addresses[0] + path,
            method=method,
            headers=[
                ("Authorization", f"Bearer {self.shop.api_key}"),
                ("Content-Type", "application/json"),
            ],
            body=body,
            within=Within(DEADLINE_MS / 1_000),
            in_flight="shop",
        )
        assert isinstance(reply, Reply), reply
        assert reply.status == 200, reply


async def _at_even_instants(ask: Ask, per_second: int, seconds: float) -> list[float]:
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def one(number: int) -> float:
        due = began + number / per_second
        await asyncio.sleep(max(0.0, due - loop.time()))
        await ask()
        return loop.time() - due

    return await asyncio.gather(*(one(n) for n in range(max(1, int(per_second * seconds)))))


def _buyers(stage: Stage, seconds: float) -> dict[str, Iterator[Buyer]]:
    """Add buyers for so long; every second one's card is at the provider that will be slow."""
    each = int(seconds * PER_SECOND["purchase"]) + 100
    buyers = seed_buyers(stage, 2 * each, at=NOW)
    slow = buyers[::2]
    with psycopg.connect(stage.url, autocommit=True) as connection:
        connection.execute(
            "UPDATE instrument SET psp_account = %s WHERE payment_method_id = ANY(%s)",
            [SLOW, [one.payment_method_id for one in slow]],
        )
    return {WELL: iter(buyers[1::2]), SLOW: iter(slow)}


@asynccontextmanager
async def _providers(stage: Stage, folder: Path) -> AsyncIterator[Simulator]:
    """Run the calm world with a usual latency, and register its accounts."""
    world = json.loads(files("pspsim").joinpath("worlds", "calm.json").read_text("utf-8"))
    slow = TIMES * USUAL_MS
    world |= {"latency": {"median_ms": USUAL_MS}, "slow_ms": [slow * 9 // 10, slow * 11 // 10]}
    file = folder / "world.json"
    file.write_text(json.dumps(world), "utf-8")
    with simulator.running(file, seed=1, state=folder / "psp") as psp:
        for code in psp.accounts:
            new = psp.merchant_account(code, call_deadline_ms=DEADLINE_MS)
            await put_psp_account(stage.run, Sandbox(), new)
        yield psp


async def _slow_down(http: HttpClient, psp: Simulator, ppm: int) -> None:
    """Let so many answers of the one provider be slow."""
    reply = await http.send(
        f"{psp.control_url}/_sim/faults",
        method="POST",
        headers=[("Content-Type", "application/json")],
        body=json.dumps({"provider": SLOW, "rates": {"slow": ppm}}).encode(),
        within=Within(DEADLINE_MS / 1_000),
        in_flight="control",
    )
    assert isinstance(reply, Reply), reply
    assert reply.status == 200, reply
