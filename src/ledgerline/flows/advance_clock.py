"""Advance the virtual clock of a sandbox and do all work that falls due, in order."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

from ledgerline.base.run import Run
from ledgerline.flows.do_due_work import DueWork, do_due_work
from ledgerline.flows.find_next_due import find_next_due
from ledgerline.flows.move_clock import OutsideClock, check_move, move_clock
from ledgerline.payments.model import Psps

PACE: Final = timedelta(seconds=1)  # the shortest step


class Advanced(NamedTuple):
    """What happened on the way."""

    instant: datetime
    steps: int
    invoiced: int
    ended: int
    parked: int
    tried: int
    succeeded: int


class Progress(Protocol):
    """Told after every step, for a progress line."""

    def __call__(self, so_far: Advanced) -> None:
        """Show where the clock is."""
        ...


async def advance_clock(
    run: Run, psps: Psps, *, to: datetime, outside: OutsideClock, progress: Progress
) -> Advanced:
    """Advance to ``to``, from due instant to due instant, and do the work that is due at each.

    A month that is over is recognised first. Raises ``ClockNotVirtual``, ``ClockMovesForward``.
    """
    at = check_move(await run.environment(), to)
    done = Advanced(instant=at, steps=0, invoiced=0, ended=0, parked=0, tried=0, succeeded=0)
    while True:
        at = await _next(run, at, to=to)
        here = await move_clock(run, to=at, outside=outside)
        done = _after(done, await do_due_work(here, psps), at)
        progress(done)
        if at >= to:
            return done


async def _next(run: Run, at: datetime, *, to: datetime) -> datetime:
    """Return the next instant with work, or the end; never the present one twice."""
    due = await find_next_due(run)
    if due is None or due > to:
        return to
    return min(to, max(due, at + PACE))


def _after(done: Advanced, work: DueWork, at: datetime) -> Advanced:
    return Advanced(
        instant=at,
        steps=done.steps + 1,
        invoiced=done.invoiced + work.invoiced,
        ended=done.ended + work.ended,
        parked=done.parked + work.parked,
        tried=done.tried + work.tried,
        succeeded=done.succeeded + work.succeeded,
    )
