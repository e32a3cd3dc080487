"""Close an interval: read what finished transactions wrote since the last one, into files."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ledgerline.base.run import Run
from ledgerline.datasets.extract import snapshot
from ledgerline.datasets.lake import Lake
from ledgerline.datasets.manifest import Extract, Interval, read_extracts, write_extracts
from ledgerline.datasets.sources import SOURCES
from ledgerline.releases import store
from ledgerline.releases.refusals import LakeUnusable
from ledgerline.releases.rows import IntervalRow

Tell = Callable[[str], None]
_DIGITS: Final = 8
_NAME_BYTES: Final = 6


async def export_interval(run: Run, lake: Lake, *, tell: Tell = lambda _: None) -> Interval | None:
    """Export what is new and return the closed interval; None when nothing is.

    Blocks nobody and skips nothing: what is still running is read by a later interval. Killed
    anywhere, it has closed nothing, and the next one reads the same rows again. Of another epoch (a
    restored or copied database), or once there are sources that the last interval did not know,
    everything is read once more, and duplicates are dropped when tables are built. Raises
    ``ExtractMismatch``, ``ExportOvertaken`` and ``LakeUnusable``.
    """
    async with run.surveying() as read:
        before = await store.read_intervals(read)
    last = before[-1] if before else None
    no = 1 if last is None else last.no + 1
    folder = lake.raw / f"{no:0{_DIGITS}}-{run.random(_NAME_BYTES).hex()}"  # nobody else's
    closed = False
    try:
        interval = await asyncio.to_thread(_read, lake, folder, last, tell)
        is_new = any(interval.extracts[one.name].rows for one in SOURCES if not one.is_whole)
        if last is None or is_new:
            await _close(run, interval)
            closed = True
    except OSError as fault:
        raise LakeUnusable(fault.strerror or str(fault), folder=str(lake.folder)) from fault
    finally:
        if not closed:
            shutil.rmtree(folder, ignore_errors=True)
    return interval if closed else None


async def _close(run: Run, interval: Interval) -> None:
    async with run.transaction() as tx:
        await store.add_interval(
            tx,
            IntervalRow(
                no=interval.no,
                epoch=interval.epoch,
                since=interval.since,
                until=interval.until,
                read_at=interval.read_at,
                extracts=write_extracts(interval.extracts),
            ),
        )


def _knew_all(last: IntervalRow) -> bool:
    """Answer whether an interval was read of every source that there is now."""
    return read_extracts(last.extracts).keys() >= {source.name for source in SOURCES}


def _read(lake: Lake, folder: Path, last: IntervalRow | None, tell: Tell) -> Interval:
    with snapshot(lake.database_url) as taken:
        fence = taken.fence
        goes_on = last is not None and last.epoch == fence.epoch and _knew_all(last)
        since = last.until if last is not None and goes_on else None
        extracts = dict[str, Extract]()
        for source in SOURCES:
            tell(source.name)
            extracts[source.name] = taken.copy(source, since=since, folder=folder, lake=lake.folder)
    return Interval(
        no=1 if last is None else last.no + 1,
        epoch=fence.epoch,
        since=since,
        until=fence.until,
        read_at=fence.read_at,
        extracts=extracts,
    )
