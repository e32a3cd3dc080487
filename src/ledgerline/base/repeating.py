"""Repeat a whole transaction that PostgreSQL gave up for the sake of another."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from ledgerline.base.errors import TryAgain
from ledgerline.base.log import logger
from ledgerline.base.run import Run

P = ParamSpec("P")
T = TypeVar("T")

TRIES_MAX: Final = 5
PAUSE_SECONDS_MAX: Final = 0.2
_log: Final = logger(__name__)


def repeated(
    work: Callable[Concatenate[Run, P], Awaitable[T]],
) -> Callable[Concatenate[Run, P], Coroutine[Any, Any, T]]:
    """Let ``work`` be done again when it raises ``TryAgain``, five times in all.

    ``work`` is one transaction and has no effect outside it: what was rolled back has not
    happened, so a repeat begins from nothing. The last ``TryAgain`` is the caller's.
    """

    @wraps(work)
    async def repeat(run: Run, /, *arguments: P.args, **named: P.kwargs) -> T:
        for number in range(1, TRIES_MAX):
            try:
                return await work(run, *arguments, **named)
            except TryAgain as failure:
                _log.info(
                    "transaction repeated", work=work.__name__, number=number, why=str(failure)
                )
                await asyncio.sleep(_pause(run))
        return await work(run, *arguments, **named)

    return repeat


def _pause(run: Run) -> float:
    """Draw how long to wait: by chance, so that two that met do not meet again."""
    return PAUSE_SECONDS_MAX * int.from_bytes(run.random(2)) / 65_536
