"""Work side by side, none of it left behind."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def together(*work: Awaitable[T]) -> list[T]:
    """Do everything to its end, then return the results in order or raise the first failure.

    What fails does not leave the others in their transactions, as a plain ``gather`` does; further
    failures are notes of the first. Canceling it cancels them all.
    """
    ended = await asyncio.gather(*work, return_exceptions=True)
    failures = [one for one in ended if isinstance(one, BaseException)]
    for also in failures[1:]:
        failures[0].add_note(f"beside it failed: {also!r}")
    if failures:
        raise failures[0]
    return [one for one in ended if not isinstance(one, BaseException)]
