"""Keep the data sets up to date until somebody says stop."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from ledgerline.base.errors import Rejected, Unavailable
from ledgerline.base.run import Run
from ledgerline.cli import output, program
from ledgerline.cli.datasets_lake import lake_of
from ledgerline.cli.datasets_upkeep import holder
from ledgerline.cli.program import Program
from ledgerline.datasets.lake import Lake
from ledgerline.flows.refresh_release import Stopped, Turn, refresh_release
from ledgerline.releases.refusals import LakeBusy

AGAIN_SOON: Final = timedelta(minutes=1)
"""When to come back after what ends by itself: a database that restarts, another who builds."""


async def follow(of: Program, every: timedelta) -> None:
    """Run at once and then as often as ``every`` until stopped; ends well when it is.

    The time of a run does not add up: the next one is due ``every`` after the last one began, or
    at once if it took longer.
    """
    stop = program.stopping()
    output.say(f"following every {every}; Ctrl-C stops between two steps")
    lake = lake_of(of)
    async with of.open() as running:
        while not stop.is_set():
            began = running.run.wall()
            due = began + every
            if await _turn(running.run, lake, due, stop):
                due = min(due, began + AGAIN_SOON)
            await _wait(stop, (due - running.run.wall()).total_seconds())
    output.say("stopped")


async def _turn(run: Run, lake: Lake, due: datetime, stop: asyncio.Event) -> bool:
    """Run once and say what it came to; True where it is worth trying again soon."""
    try:
        here = await run.at_clock()
        done = await refresh_release(here, lake, turn=Turn(holder(), due), tell=_stoppable(stop))
    except (LakeBusy, Unavailable) as fault:
        output.say(str(fault))
        return True
    except Rejected as refusal:
        output.say(str(refusal))
        return False
    except Stopped:
        return False
    no = done.built.release_no
    output.say("nothing new" if no is None else f"release {no}")
    return False


def _stoppable(stop: asyncio.Event) -> Callable[[str], None]:
    """Return what is told of each step, and ends the run at the next one."""

    def tell(step: str) -> None:
        if stop.is_set():
            raise Stopped(step)

    return tell


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), timeout=max(seconds, 0))
    except TimeoutError:
        return
