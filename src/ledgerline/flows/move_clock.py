"""Move the virtual clock of a sandbox, ours and that of everything outside."""

from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar, Final, Protocol

from ledgerline.base.calendar import add_months
from ledgerline.base.errors import Rejected
from ledgerline.base.run import EnvironmentRow, Run
from ledgerline.flows.recognise_revenue import recognise_revenue

SPAN_MAX: Final = timedelta(days=731)


class ClockNotVirtual(Rejected):
    """Only a sandbox has a clock that can be moved."""

    code: ClassVar[str] = "clock_not_virtual"


class ClockMovesForward(Rejected):
    """The clock never goes back, and at most two years at once."""

    code: ClassVar[str] = "clock_moves_forward"


class OutsideClock(Protocol):
    """The clock of everything outside that must move with ours: the provider simulator."""

    async def __call__(self, instant: datetime) -> None:
        """Move it to ``instant``; deliveries that fall due are out when it returns."""
        ...


async def move_clock(run: Run, *, to: datetime, outside: OutsideClock) -> Run:
    """Move the clock to ``to`` and recognise every month that ended on the way.

    Returns the run at that instant, whose ids come from a stream named by the environment's seed
    and the instant, so the same seed gives the same ids. What fell due is for ``do_due_work``.
    Raises ``ClockNotVirtual``, ``ClockMovesForward``.
    """
    environment = await run.environment()
    at = check_move(environment, to)
    await outside(to)
    await run.set_clock(to)
    await _recognise(run, at, to)
    return run.at(to).seeded(environment.seed, to.isoformat())


def check_move(environment: EnvironmentRow, to: datetime) -> datetime:
    """Return where the clock is, if it may be moved to ``to``."""
    at = environment.instant
    if at is None:
        raise ClockNotVirtual("this environment lives in real time", kind=environment.kind)
    if not at <= to <= at + SPAN_MAX:
        raise ClockMovesForward("forward only, at most two years", now=at.isoformat())
    return at


async def _recognise(run: Run, before: datetime, now: datetime) -> None:
    """Recognise every month that ended between two instants, at the instant it ended."""
    month = _month(before)
    while month < _month(now):
        following = add_months(month, 1, anchor_day=1)
        ended = datetime.combine(following, time.min, tzinfo=UTC)
        await recognise_revenue(run.at(ended), month=month)
        month = following


def _month(instant: datetime) -> date:
    return instant.astimezone(UTC).date().replace(day=1)
