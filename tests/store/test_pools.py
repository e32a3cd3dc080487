"""Connections that are given back while tasks are canceled at every moment."""

import asyncio
from contextlib import suppress
from typing import Final, NamedTuple

from ledgerline.base.db import Database, connected
from ledgerline.base.statements import Statement

SIZE: Final = 2
WORKERS: Final = 6
KILLS: Final = 150  # of each worker; the driver's own pool loses both connections within ten


class OneRow(NamedTuple):
    """A number."""

    n: int


ONE: Final = Statement(
    name="planted", text="SELECT 1::integer AS n", rank=None, refusals={}, arrays={}
)


async def _one(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.row(ONE, OneRow)


async def _killed_at_every_step(database: Database, worker: int) -> None:
    """Begin and cancel transactions, each after another number of turns of the loop."""
    for kill in range(KILLS):
        task = asyncio.create_task(_one(database))
        for _ in range(1 + (worker * 7 + kill) % 40):
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_task_that_is_canceled_gives_its_connection_back(fresh_database_url: str) -> None:
    async with connected(fresh_database_url, size=SIZE, name="pools") as database:
        # given tasks that want more connections than there are, canceled at every step
        await asyncio.gather(*(_killed_at_every_step(database, n) for n in range(WORKERS)))
        # when as many transactions as there are connections are open at once
        together = asyncio.Barrier(SIZE)

        async def open_beside_others() -> int:
            async with database.transaction() as tx:
                await tx.row(ONE, OneRow)
                await together.wait()
            return 1

        # then each of them has its own
        assert await asyncio.gather(*(open_beside_others() for _ in range(SIZE))) == [1] * SIZE
