"""The worker process: every job in a task of its own, many workers side by side."""

import asyncio
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

from ledgerline.base.log import logger
from ledgerline.base.run import Run
from ledgerline.base.tasks import canceled, together
from ledgerline.jobs.leases import CLAIM_MAX, Lease, LeaseLost, Span, leased, open_ranges
from ledgerline.jobs.units import JOBS, Job, Memory, Unit
from ledgerline.payments.model import Psps

DRAIN_SECONDS_MAX: Final = 10
BACKOFF_SECONDS_MAX: Final = 60.0
IDLE_SECONDS_MAX: Final = 0.2  # a unit that takes longer is doing something
APART_SECONDS_MAX: Final = 5  # between our clock, which decides nothing, and the database's
_log = logger(__name__)


async def work(
    run: Run,
    psps: Psps,
    *,
    jobs: Sequence[str],
    stop: asyncio.Event,
    memory: Memory | None = None,
) -> None:
    """Run ``jobs`` (all when empty) until ``stop`` is set, then finish the batches at hand.

    Safe beside other workers and safe to kill: a range of buckets belongs to one worker at a time,
    what is half done is rolled back, and due rows stay due. What is not finished
    ``DRAIN_SECONDS_MAX`` after ``stop`` is given up.
    """
    chosen = {name: JOBS[name] for name in jobs or JOBS}
    for name, job in chosen.items():
        await open_ranges(run, job=name, parts=job.ranges)
    worker = _Worker(
        run=run,
        psps=psps,
        stop=stop,
        holder=f"{socket.gethostname()}:{os.getpid()}",
        memory=memory or Memory(),
    )
    tasks = [asyncio.create_task(worker.repeat(name, job)) for name, job in chosen.items()]
    _log.info("worker started", holder=worker.holder, jobs=list(chosen))
    await stop.wait()
    _, late = await asyncio.wait(tasks, timeout=DRAIN_SECONDS_MAX)
    await canceled(*late)
    await asyncio.gather(*tasks, return_exceptions=True)
    worker.memory.validation.close()
    _log.info("worker stopped", holder=worker.holder, given_up=len(late))


@dataclass(frozen=True, slots=True)
class _Worker:
    """One process: what it works with and who it is to others."""

    run: Run
    psps: Psps
    stop: asyncio.Event
    holder: str
    memory: Memory

    async def repeat(self, name: str, job: Job) -> None:
        """Repeat rounds of one job; a failure is logged and slows this job down, no other."""
        backoff = 0.0
        while not self.stop.is_set():
            try:
                done = await self._round(name, job)
                backoff = 0.0
            except LeaseLost as lost:
                _log.warning("lease lost", job=name, failure=str(lost))
                done = 0
            except Exception as failure:  # noqa: BLE001 - a worker outlives a unit of work
                backoff = min(BACKOFF_SECONDS_MAX, max(1.0, 2 * backoff))
                _log.exception("job failed", job=name, failure=repr(failure), again_in=backoff)
                done = 0
            if done == 0:
                await self._pause(max(backoff, job.pause_seconds))

    async def _round(self, name: str, job: Job) -> int:
        """Work once through all ranges that are free."""
        total = 0
        for _ in range(-(-job.ranges // CLAIM_MAX)):
            async with leased(self.run, job=name, holder=self.holder) as lease:
                if lease is None:
                    return total
                done = await self._drain(lease, job)
            total += done
            if self.stop.is_set():
                return total
        return total

    async def _drain(self, lease: Lease, job: Job) -> int:
        """Work off what is due in the ranges of a lease.

        Where a job waits for providers, neighbouring ranges are first asked as one, and cut into
        parts once something is due. A part that fails lets the others finish their batches: what
        they sent is settled.
        """
        if job.parts == 1:
            return sum([await self._work_off(lease, job, span) for span in lease.spans()])
        idle = asyncio.Event()
        parts = [self._unless(idle, lease, job, part) for part in lease.parts(job.parts)]
        return sum(await together(self._ask(idle, lease, job), *parts))

    async def _ask(self, idle: asyncio.Event, lease: Lease, job: Job) -> int:
        """Do one unit of each span; where nothing was due the parts need not look."""
        done = sum([await self._work(lease, job, span) for span in lease.spans()])
        if done == 0:
            idle.set()
        return done

    async def _unless(self, idle: asyncio.Event, lease: Lease, job: Job, part: Span) -> int:
        try:
            await asyncio.wait_for(idle.wait(), IDLE_SECONDS_MAX)
        except TimeoutError:
            return await self._work_off(lease, job, part)
        return 0

    async def _work_off(self, lease: Lease, job: Job, span: Span) -> int:
        """Repeat a unit of work until nothing is due; between batches it may stop."""
        total, done = 0, 1
        while done and not self.stop.is_set():
            done = await self._work(lease, job, span)
            total += done
        return total

    async def _work(self, lease: Lease, job: Job, span: Span) -> int:
        run = await self._now()
        unit = Unit(run=run, psps=self.psps, lease=lease, span=span, memory=self.memory)
        return await job.work(unit)

    async def _now(self) -> Run:
        """Fix the run at the database's clock; say so when this machine's differs."""
        read_at, environment = self.run.clock(), await self.run.environment()
        apart = abs((self.run.wall() - environment.clock).total_seconds())
        if apart > APART_SECONDS_MAX:
            _log.warning("this machine's clock is wrong", seconds=round(apart))
        self.memory.clock.notice(environment.instant, at=monotonic())
        return self.run.at(environment.business_time, read_at=read_at)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.stop.wait(), seconds)
        except TimeoutError:
            return
