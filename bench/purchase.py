"""Whole purchases over HTTP against pgbench with the same statements."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench.buyers import Buyer, Shop, seed_buyers
from bench.processes import serving
from bench.provider import calm_provider
from bench.recording import record_purchase
from bench.replay import replay
from bench.report import Figure
from bench.stage import Stage
from ledgerline.base.http import HttpClient
from ledgerline.flows.create_api_key import create_api_key

NOW = datetime(2026, 1, 1, tzinfo=UTC)  # the clock of the stage
PROCESSES = 2  # of the API
CLIENTS = 16
WARM_UP = 480  # and then statistics: plans made for empty tables would scan full ones
RECORDED = 9  # purchases; of the last it is kept what was said: what is done once is done by then


async def purchase(stage: Stage, *, purchases: int = 2_000, warm_up: int = WARM_UP) -> list[Figure]:
    """Measure purchases a second of concurrent buyers, and of pgbench with the statements alone."""
    await stage.reset()
    api_key = await create_api_key(stage.run, principal="bench", live=False)
    buyers = iter(
        await asyncio.to_thread(seed_buyers, stage, RECORDED + warm_up + 2 * purchases, at=NOW)
    )
    with tempfile.TemporaryDirectory(prefix="ledgerline-bench-api-") as name:
        folder = Path(name)
        async with calm_provider(stage, folder / "psp") as provider:
            recording = await record_purchase(
                stage.url, provider.gateway, _take(buyers, RECORDED), api_key
            )
            groups = [_take(buyers, warm_up), _take(buyers, purchases)]
            seconds = await _serve(stage, folder, api_key, groups)
        again = _take(buyers, purchases)
        limit = await asyncio.to_thread(
            replay, stage, recording, again, at=NOW, clients=CLIENTS, folder=folder
        )
    rate = purchases / seconds
    return [
        Figure(
            name="purchase",
            value=rate,
            unit="purchases/s",
            limit=limit,
            ratio=rate / limit,
            note=f"{purchases:,} over HTTP with provider and client on this machine, {PROCESSES}"
            f" API processes, {CLIENTS} buyers at once; limit: pgbench -M prepared, the same"
            f" {recording.statements} statements; goal ≥ 0.35",
        ),
    ]


def _take(buyers: Iterator[Buyer], count: int) -> list[Buyer]:
    return [next(buyers) for _ in range(count)]


async def _serve(stage: Stage, folder: Path, api_key: str, groups: list[list[Buyer]]) -> float:
    """Let groups of buyers buy one group after the other; return the seconds of the last."""
    seconds = 0.0
    async with (
        serving(stage, folder, processes=PROCESSES) as addresses,
        HttpClient(in_flight_max=CLIENTS) as http,
    ):
        shop = Shop(http, addresses, api_key)
        for group in groups:
            before = time.perf_counter()
            waiting = enumerate(group)
            await asyncio.gather(*(_buy(shop, waiting) for _ in range(CLIENTS)))
            seconds = time.perf_counter() - before
            await asyncio.to_thread(stage.analyze)
    return seconds


async def _buy(shop: Shop, waiting: Iterator[tuple[int, Buyer]]) -> None:
    for number, buyer in waiting:
        await shop.buy(number, buyer)
