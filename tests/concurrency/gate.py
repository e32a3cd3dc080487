"""Make two flows meet at a lock: hold it until both wait for it, then let go."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, LiteralString, TypeVar, cast

from psycopg import AsyncConnection

from tests.flow_world import World

T = TypeVar("T")
PATIENCE_SECONDS = 150


async def meet(
    world: World, lock: str, parameter: object, /, *flows: Coroutine[Any, Any, T], waiting: int
) -> list[T | BaseException]:
    """Start ``flows`` while ``lock`` (a SELECT FOR UPDATE) is held; release it once they wait.

    Returns what each returned or raised, in order.
    """
    async with held(world, lock, parameter):
        tasks = []
        for flow in flows:
            tasks.append(asyncio.create_task(flow))
            await until_waiting(world, min(len(tasks), waiting))
    return await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def held(world: World, lock: str, parameter: object) -> AsyncIterator[None]:
    """Hold ``lock`` (a SELECT FOR UPDATE) until the block ends."""
    async with await AsyncConnection.connect(world.url) as connection:
        await connection.execute(cast("LiteralString", lock), [parameter])
        yield
        await connection.rollback()


async def until_waiting(world: World, count: int) -> None:
    """Wait until ``count`` connections wait for a lock."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            waiting = await world.value(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND wait_event_type = 'Lock'"
            )
            if waiting >= count:
                return
            await asyncio.sleep(0.005)
