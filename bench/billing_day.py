"""A usual billing day on a platform that has a year behind it, beside the same day without one.

What a renewal writes is its rows; what it costs depends on how many pages of how many indexes it
touches for the first time since a checkpoint, and that only history shows. Pages touched depend on
the subscriptions a bucket has, not on their number: 50,000 on 205 buckets give the figures of a
million on all.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from bench.billing_run import drain
from bench.halves import over_halves
from bench.history import DAY, MONTHS, make_history
from bench.report import Figure
from bench.stage import WAL_FILES, Stage
from bench.wal import written
from ledgerline.base.ids import BUCKETS, BillRunId, Bucket
from ledgerline.flows.open_bill_run import open_bill_run

PEOPLE: Final = 50_000
PEOPLE_BUCKETS: Final = 205  # 244 subscriptions a bucket, as 1,000,000 have on all buckets
PEOPLE_FULL: Final = 1_000_000
DAYS: Final = 2  # the day after a checkpoint, and the next
HOUR: Final = timedelta(hours=2)
TIME_RATIO_MAX: Final = 1.3
WAL_MAX: Final = 12.0  # kB a renewal


@dataclass(frozen=True, slots=True)
class Day:
    """One day's billing: wall seconds and its place in the log."""

    renewals: int
    seconds: float
    start: int
    end: int

    @property
    def micros(self) -> float:
        """Microseconds of wall time a renewal."""
        return self.seconds / self.renewals * 1e6

    @property
    def kilobytes(self) -> float:
        """Log a renewal."""
        return (self.end - self.start) / self.renewals / 1e3


async def billing_day(
    stage: Stage, *, people: int = PEOPLE, buckets: int = PEOPLE_BUCKETS, full: bool = False
) -> list[Figure]:
    """Measure the day after a checkpoint and the next, with a year of history and without."""
    if full:
        people, buckets = PEOPLE_FULL, BUCKETS
    without = await _days(stage, people, buckets, with_past=False)
    bare_pages = await _pages(stage, without)
    having = await _days(stage, people, buckets, with_past=True)
    pages = await _pages(stage, having)
    (first, day), (bare_first, bare) = having, without
    said = (
        f"{people:,} subscriptions on {buckets} buckets with {MONTHS} months; {day.renewals:,} due;"
        f" the day after a checkpoint"
    )
    return [
        Figure(
            name="billing_day",
            value=day.micros,
            unit="µs/renewal",
            limit=bare.micros,
            ratio=day.micros / bare.micros,
            note=f"{said} {first.micros:.0f} (without history {bare_first.micros:.0f}); limit: the"
            f" same due without history; goal ≤ {TIME_RATIO_MAX}",
        ),
        Figure(
            name="billing_day_wal",
            value=day.kilobytes,
            unit="kB/renewal",
            limit=WAL_MAX,
            ratio=day.kilobytes / WAL_MAX,
            note=f"the day after a checkpoint {first.kilobytes:.1f}; without history"
            f" {bare_first.kilobytes:.1f}, {bare.kilobytes:.1f}; goal ≤ {WAL_MAX:.0f} kB",
        ),
        Figure(
            name="billing_day_pages",
            value=pages[1],
            unit="pages/renewal",
            limit=bare_pages[1],
            ratio=pages[1] / bare_pages[1],
            note=f"written whole; the day after a checkpoint {pages[0]:.2f} (without history"
            f" {bare_pages[0]:.2f})",
        ),
    ]


async def _days(stage: Stage, people: int, buckets: int, *, with_past: bool) -> list[Day]:
    await make_history(stage, people=people, buckets=buckets, with_past=with_past)
    await asyncio.to_thread(stage.settle_wal, files=wal_files(people))
    return [await bill_day(stage, DAY + timedelta(days=n)) for n in range(DAYS)]


def wal_files(people: int) -> int:
    """Say how many files of the log to have ready: a day of a small stage needs few."""
    return min(WAL_FILES, 1 + people // 500)


async def _pages(stage: Stage, days: list[Day]) -> list[float]:
    """Count the whole pages a renewal of each day."""
    counts = []
    for day in days:
        found = await asyncio.to_thread(written, stage, day.start, day.end)
        counts.append(sum(one.pages for one in found.values()) / day.renewals)
    return counts


async def bill_day(stage: Stage, day: date) -> Day:
    """Bill what is due on a day, as the nightly run would."""
    run = stage.run.at(datetime(day.year, day.month, day.day, tzinfo=UTC) + HOUR)
    bill_run_id = BillRunId(run.new_id(Bucket(0)))
    await open_bill_run(run, bill_run_id=bill_run_id)
    before, start = time.perf_counter(), stage.wal()
    renewals = await over_halves(lambda half: drain(run, bill_run_id, half))
    return Day(renewals, time.perf_counter() - before, start, stage.wal())
