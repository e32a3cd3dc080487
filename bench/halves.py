"""Work on halves of the buckets side by side, as two workers of one process would."""

import asyncio
from collections.abc import Awaitable, Callable

from ledgerline.base.ids import BUCKETS

WORKERS = 2  # connections side by side


async def over_halves(work: Callable[[tuple[int, int]], Awaitable[int]]) -> int:
    """Sum what ``work`` did over each half; when one fails the other is canceled, not left."""

    async def half(number: int) -> int:
        width = BUCKETS // WORKERS
        return await work((number * width, (number + 1) * width))

    async with asyncio.TaskGroup() as group:
        halves = [group.create_task(half(number)) for number in range(WORKERS)]
    return sum(one.result() for one in halves)
