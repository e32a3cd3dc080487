"""Work side by side or in turn, none of it left behind."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Iterable, Sequence
from typing import Any, Final, TypeVar

from ledgerline.base.errors import OutcomeUnknown, TryAgain, Unavailable

T = TypeVar("T")
_AGAIN_SECONDS: Final = 0.5


async def together(*work: Awaitable[T]) -> list[T]:
    """Do everything to its end, then return the results in order or raise what failed.

    What fails does not leave the others in their transactions, as a plain ``gather`` does; further
    failures are notes of the one that is raised. Canceling it cancels them all.
    """
    return results(await asyncio.gather(*work, return_exceptions=True))


async def in_waves(
    work: Iterable[Awaitable[T]], *, seconds: float | None
) -> AsyncGenerator[list[tuple[int, T | BaseException]], None]:
    """Do everything at once and yield what ended, as (position, result or failure).

    A wave comes when all have ended or, where some have, after ``seconds``; None waits for all. To
    close the iterator early cancels what is still at work.
    """
    tasks = {asyncio.ensure_future(one): place for place, one in enumerate(work)}
    waiting = set(tasks)
    try:
        while waiting:
            ended, waiting = await asyncio.wait(waiting, timeout=seconds)
            wave: list[tuple[int, T | BaseException]] = []
            for one in sorted(ended, key=tasks.__getitem__):
                outcome = _outcome(one)
                wave.append((tasks[one], outcome))
            if wave:
                yield wave
    finally:
        await canceled(*waiting)


async def canceled(*tasks: "asyncio.Task[Any] | asyncio.Future[Any]") -> list[BaseException]:
    """Cancel tasks until they have ended; return what they failed by, not that they were canceled.

    To ask once is not enough: on Python 3.11 ``asyncio.wait_for``, by which the driver waits, keeps
    a cancellation for itself where what it waits for comes at the same moment (CPython 86296), and
    a task that repeats something goes on for ever.
    """
    waiting = {one for one in tasks if not one.done()}
    while waiting:
        for one in waiting:
            one.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=_AGAIN_SECONDS)
    failed = [None if one.cancelled() else one.exception() for one in tasks]
    return [one for one in failed if one is not None]


def _outcome(ended: "asyncio.Future[T]") -> T | BaseException:
    if ended.cancelled():
        return asyncio.CancelledError()
    return ended.exception() or ended.result()


async def in_turn(work: Iterable[Awaitable[T]]) -> list[T]:
    """Do one after another, whatever became of those before, then as ``together``.

    A failure is of one of them and must not keep the others from being done, except that a
    dependency which does not answer will not answer the next either: that ends it at once.
    """
    ended: list[T | BaseException] = []
    for one in work:
        try:
            ended.append(await one)
        except Exception as failure:  # noqa: BLE001 - raised below, when the others are done
            ended.append(failure)
            if silent(failure):
                break
    return results(ended)


def silent(failure: Exception) -> bool:
    """Tell whether a dependency did not answer; to be asked to try again is an answer."""
    return isinstance(failure, (Unavailable, OutcomeUnknown)) and not isinstance(failure, TryAgain)


def results(ended: Sequence[T | BaseException]) -> list[T]:
    """Return what was done, or raise a failure with notes of the others.

    A dependency that did not answer comes before the rest: who repeats the work must know it.
    """
    failures = [one for one in ended if isinstance(one, BaseException)]
    failures.sort(key=lambda one: not (isinstance(one, Exception) and silent(one)))
    for also in failures[1:]:
        failures[0].add_note(f"beside it failed: {also!r}")
        for note in getattr(also, "__notes__", ()):
            failures[0].add_note(note)
    if failures:
        raise failures[0]
    return done(ended)


def done(ended: Sequence[T | BaseException]) -> list[T]:
    """Return the results of what did not fail."""
    return [one for one in ended if not isinstance(one, BaseException)]
