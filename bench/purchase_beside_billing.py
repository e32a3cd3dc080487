"""The latency of purchases from their intended start, alone and beside a billing run."""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection

from bench.billing_run import DUE, seed
from bench.buyers import Buyer, Shop, seed_buyers
from bench.processes import command, serving
from bench.provider import calm_provider
from bench.report import Figure
from bench.stage import WAL_FILES, Stage
from ledgerline.base.http import HttpClient
from ledgerline.flows.create_api_key import create_api_key

Looking = AsyncConnection[tuple[Any, ...]]

RATE = 16  # purchases a second, intended
IN_FLIGHT_MAX = 256  # an open loop waits for nobody
WARM_UP = 48
POLL_SECONDS = 0.2


async def purchase_beside_billing(
    stage: Stage, *, renewals: int = 400_000, seconds: float = 20.0, wal_files: int = WAL_FILES
) -> list[Figure]:
    """Measure p50 and p99 alone, then beside ``ledgerline work bill_due`` in another process."""
    await seed(stage, renewals)
    await stage.run.set_clock(DUE)
    api_key = await create_api_key(stage.run, principal="bench", live=False)
    count = max(1, int(RATE * seconds))
    buyers = await asyncio.to_thread(seed_buyers, stage, 2 * (WARM_UP + count), at=DUE)
    with tempfile.TemporaryDirectory(prefix="ledgerline-bench-beside-") as name:
        folder = Path(name)
        async with (
            calm_provider(stage, folder / "psp"),
            serving(stage, folder, processes=1) as addresses,
            HttpClient(in_flight_max=IN_FLIGHT_MAX) as http,
        ):
            shop = Shop(http, addresses, api_key)
            await _warm_up(shop, buyers[:WARM_UP])
            await asyncio.to_thread(stage.analyze)
            await asyncio.to_thread(stage.settle_wal, files=wal_files)
            await _warm_up(shop, buyers[WARM_UP : 2 * WARM_UP])  # new statistics, new plans
            alone = await _arrive(shop, buyers[2 * WARM_UP : 2 * WARM_UP + count])
            async with (
                await Looking.connect(stage.url, autocommit=True) as looking,
                command(stage, folder / "work.log", "work", "bill_due"),
            ):
                started = await _under_way(looking)
                watching = asyncio.create_task(_watch(looking, renewals))
                beside = await _arrive(shop, buyers[2 * WARM_UP + count :])
                lasted = not watching.done()
                watching.cancel()
                await asyncio.wait([watching])
                ended = time.perf_counter() if lasted else watching.result()
                rate = await _billed(looking) / (ended - started)
    over = "the run lasted longer" if lasted else f"the run ended after {ended - started:.0f} s"
    billed = f"of {renewals:,} due, by one worker that fits its batch to latency; {over}"
    return [
        *_latencies(alone, beside),
        Figure(
            name="billing_beside_purchases",
            value=rate,
            unit="renewals/s",
            limit=None,
            ratio=None,
            note=billed,
        ),
    ]


def _latencies(alone: Sequence[float], beside: Sequence[float]) -> list[Figure]:
    note = f"{RATE}/s intended, latency from the intended start, {len(beside)} purchases"
    return [
        Figure(
            name="purchase_alone_p99",
            value=_quantile(alone, 0.99),
            unit="ms",
            limit=None,
            ratio=None,
            note=f"{note}; p50 {_quantile(alone, 0.5):.0f} ms",
        ),
        Figure(
            name="purchase_beside_billing_p99",
            value=_quantile(beside, 0.99),
            unit="ms",
            limit=_quantile(alone, 0.99),
            ratio=_quantile(beside, 0.99) / _quantile(alone, 0.99),
            note=f"{note}; p50 {_quantile(beside, 0.5):.0f} ms; limit: the same alone",
        ),
    ]


async def _warm_up(shop: Shop, buyers: Sequence[Buyer]) -> None:
    await asyncio.gather(*(shop.buy(*one) for one in enumerate(buyers)))


async def _arrive(shop: Shop, buyers: Sequence[Buyer]) -> list[float]:
    """Let buyers arrive at a fixed rate, whatever became of those before; return sorted ms."""
    begin = time.perf_counter()
    arrivals = [begin + number / RATE for number in range(len(buyers))]
    return sorted(
        await asyncio.gather(
            *(
                _buy(shop, number, buyer, due=due)
                for number, (buyer, due) in enumerate(zip(buyers, arrivals, strict=True))
            )
        )
    )


async def _buy(shop: Shop, number: int, buyer: Buyer, *, due: float) -> float:
    await asyncio.sleep(due - time.perf_counter())
    await shop.buy(number, buyer)
    return (time.perf_counter() - due) * 1000


async def _under_way(looking: Looking) -> float:
    """Wait until a batch is billed and return when nothing was, seen last."""
    nothing_at = time.perf_counter()
    async with asyncio.timeout(60):
        while True:
            looked_at = time.perf_counter()
            if await _billed(looking):
                return nothing_at
            nothing_at = looked_at
            await asyncio.sleep(POLL_SECONDS)


async def _watch(looking: Looking, renewals: int) -> float:
    """Wait until everything is billed and return when that was seen."""
    while await _billed(looking) < renewals:  # noqa: ASYNC110 - another process bills
        await asyncio.sleep(POLL_SECONDS)
    return time.perf_counter()


async def _billed(looking: Looking) -> int:
    """Count what the run has billed so far."""
    cursor = await looking.execute("SELECT coalesce(sum(invoiced), 0) FROM bill_run")
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
