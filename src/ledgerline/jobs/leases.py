"""Leases over bucket ranges: taken for a while, held by heartbeats, fenced by a token."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.errors import Unavailable
from ledgerline.base.ids import BUCKETS, Bucket
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.base.tasks import canceled
from ledgerline.jobs import store
from ledgerline.jobs.rows import RangeRow

LEASE_SECONDS: Final = 30
HEARTBEAT_SECONDS: Final = 8
CLAIM_MAX: Final = 4  # ranges at once, so that a second worker finds some
_PLATFORM: Final = Bucket(0)

Span = tuple[int, int]


class LeaseLost(Unavailable):
    """Another worker may have taken the range: what was done under this lease is rolled back.

    It says nothing about the rows at hand, so it is no refusal: nobody is parked for it.
    """


@dataclass(frozen=True, slots=True)
class Lease:
    """Some ranges of a job that are ours until the heartbeat stops."""

    job: str
    token: UUID
    ranges: Sequence[RangeRow]

    def spans(self) -> list[Span]:
        """Join neighbouring ranges: one query serves them all."""
        joined: list[Span] = []
        for start, end in sorted(self.ranges):
            if joined and joined[-1][1] == start:
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((start, end))
        return joined

    def parts(self, number: int) -> list[Span]:
        """Cut every range into ``number`` parts, for work that waits for somebody else."""
        return [
            (start + (end - start) * part // number, start + (end - start) * (part + 1) // number)
            for start, end in sorted(self.ranges)
            for part in range(number)
        ]

    async def fence(self, tx: Tx) -> None:
        """Refuse to commit once a range may belong to somebody else."""
        held = await store.hold(tx, job=self.job, token=self.token)
        if len(held) != len(self.ranges):
            raise LeaseLost(f"the lease of {self.job} ran out")


async def open_ranges(run: Run, *, job: str, parts: int) -> None:
    """Divide the buckets of a job into ``parts`` ranges, once for all workers."""
    size = BUCKETS // parts
    ranges = [RangeRow(start, start + size) for start in range(0, BUCKETS, size)]
    async with run.transaction() as tx:
        await store.open_ranges(tx, job=job, ranges=ranges)


@contextlib.asynccontextmanager
async def leased(run: Run, *, job: str, holder: str) -> AsyncIterator[Lease | None]:
    """Hold some free ranges of a job for the length of the block; None when there are none."""
    token = run.new_id(_PLATFORM)
    async with run.transaction() as tx:
        ranges = await store.claim(
            tx, job=job, token=token, holder=holder, seconds=LEASE_SECONDS, limit=CLAIM_MAX
        )
    if not ranges:
        yield None
        return
    beating = asyncio.create_task(_beat(run, job, token))
    try:
        yield Lease(job, token, ranges)
    finally:
        for failure in await canceled(beating):
            raise failure
        async with run.transaction() as tx:
            await store.release(tx, job=job, token=token)


async def _beat(run: Run, job: str, token: UUID) -> None:
    """Extend until canceled; a lease that is gone needs no beat, its fence refuses the commit."""
    while True:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        if not await _extend(run, job, token):
            return


@repeated
async def _extend(run: Run, job: str, token: UUID) -> bool:
    async with run.transaction() as tx:
        return await store.extend(tx, job=job, token=token, seconds=LEASE_SECONDS) > 0
