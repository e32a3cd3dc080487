"""Move the virtual clock of a sandbox and do all work that falls due, in order."""

from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar, Final, NamedTuple, Protocol

from ledgerline.base.calendar import add_months
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import BUCKETS, BillRunId
from ledgerline.base.run import Run
from ledgerline.flows.apply_psp_events import apply_psp_events
from ledgerline.flows.bill_due import bill_due
from ledgerline.flows.collect_due import collect_due
from ledgerline.flows.find_next_due import find_next_due
from ledgerline.flows.number_documents import number_documents
from ledgerline.flows.open_bill_run import open_bill_run
from ledgerline.flows.recognise_revenue import recognise_revenue
from ledgerline.flows.resolve_attempts import resolve_attempts
from ledgerline.flows.resolve_refunds import resolve_refunds
from ledgerline.payments.model import Psps

SPAN_MAX: Final = timedelta(days=731)
PACE: Final = timedelta(seconds=1)  # the shortest step
ALL: Final = (0, BUCKETS)


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
    run: Run,
    psps: Psps,
    *,
    to: datetime,
    outside: OutsideClock,
    progress: Progress,
    pace: timedelta = PACE,
) -> Advanced:
    """Advance to ``to``, from due instant to due instant, and drain all queues at each.

    The fixed order of work at an instant: bill, collect, inbox, resolve, number. A month that is
    over is recognised first. A longer ``pace`` does what fell due meanwhile in one step. Ids come
    from a stream named by the environment's seed and the instant, so the same seed gives the same
    run. Raises ``ClockNotVirtual``, ``ClockMovesForward``.
    """
    environment = await run.environment()
    at = environment.instant
    if at is None:
        raise ClockNotVirtual("this environment lives in real time", kind=environment.kind)
    if not at <= to <= at + SPAN_MAX:
        raise ClockMovesForward("forward only, at most two years", now=at.isoformat())
    done = Advanced(at, 0, 0, 0, 0, 0, 0)
    while True:
        due = await _next(run, at, to=to, pace=pace)
        await outside(due)
        await run.set_clock(due)
        await _recognise(run, at, due)
        here = run.at(due).seeded(environment.seed, due.isoformat())
        done = await _work(here, psps, done)
        progress(done)
        at = due
        if due >= to:
            return done


async def _next(run: Run, at: datetime, *, to: datetime, pace: timedelta) -> datetime:
    """Return the next instant with work, or the end; never the present one twice."""
    due = await find_next_due(run)
    soonest = at + pace
    if due is None or due > to:
        return to
    return min(to, max(due, soonest))


async def _work(run: Run, psps: Psps, done: Advanced) -> Advanced:
    billed = await _bill(run)
    tried, succeeded = await _collect(run, psps)
    while await apply_psp_events(run, psps):
        pass
    while await resolve_attempts(run, psps, buckets=ALL):
        pass
    while await resolve_refunds(run, psps, buckets=ALL):
        pass
    while await number_documents(run):
        pass
    return Advanced(
        run.now(),
        done.steps + 1,
        done.invoiced + billed[0],
        done.ended + billed[1],
        done.parked + billed[2],
        done.tried + tried,
        done.succeeded + succeeded,
    )


async def _bill(run: Run) -> tuple[int, int, int]:
    bill_run_id = BillRunId(run.new_id(run.new_bucket()))
    totals = [0, 0, 0]
    await open_bill_run(run, bill_run_id=bill_run_id)
    while True:
        billed = await bill_due(run, bill_run_id=bill_run_id, buckets=ALL)
        if sum(billed) == 0:
            return totals[0], totals[1], totals[2]
        totals = [total + part for total, part in zip(totals, billed, strict=True)]


async def _collect(run: Run, psps: Psps) -> tuple[int, int]:
    tried = succeeded = 0
    while (batch := await collect_due(run, psps, buckets=ALL)).tried:
        tried += batch.tried
        succeeded += batch.succeeded
    return tried, succeeded


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
