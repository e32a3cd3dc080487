"""Close an interval: read what finished transactions wrote since the last one, into files."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NamedTuple

from ledgerline.base.run import Run
from ledgerline.datasets.extract import snapshot
from ledgerline.datasets.history import EVER, RAW, check_history, mark, marked
from ledgerline.datasets.lake import Lake
from ledgerline.datasets.manifest import Extract, Interval, read_extracts, write_extracts
from ledgerline.datasets.sources import SOURCES
from ledgerline.flows.hold_lake import hold_lake_in
from ledgerline.releases import store
from ledgerline.releases.refusals import LakeUnusable
from ledgerline.releases.rows import IntervalRow

Tell = Callable[[str], None]
_DIGITS: Final = 8
_NAME_BYTES: Final = 6


class _After(NamedTuple):
    """The number of what is read, and the interval before it; ``anew`` reads all once more."""

    no: int
    last: IntervalRow | None
    anew: bool

    def since(self, epoch: str) -> int | None:
        """Return where to go on; None to begin anew.

        So it is in another epoch, and once there are sources that the last interval did not know.
        """
        last = self.last
        if last is None or self.anew or last.epoch != epoch:
            return None
        knew = read_extracts(last.extracts).keys()
        return last.until if knew >= {source.name for source in SOURCES} else None


async def export_interval(
    run: Run, lake: Lake, *, anew: bool = False, tell: Tell = lambda _: None
) -> Interval | None:
    """Export what is new and return the closed interval; None when nothing is.

    ``anew`` reads everything once more, so that intervals before it can be retired.

    Blocks nobody and skips nothing: what is still running is read by a later interval. Killed
    anywhere, it has closed nothing, and the next one reads the same rows again. Of another epoch (a
    restored or copied database), or once there are sources that the last interval did not know,
    everything is read once more, and duplicates are dropped when tables are built. Raises
    ``ExtractMismatch``, ``ExportOvertaken``, ``LakeBusy``, ``LakeUnusable`` and ``HistoryChanged``,
    when the lake holds what was closed after the state that the database was set back to.
    """
    there = await asyncio.to_thread(marked, lake.storage)
    async with run.surveying() as read:
        before = await store.read_intervals(read)
        retired = await store.read_retired_intervals(read, since=EVER)
    check_history(lake.storage, there, [*before, *retired])
    last = before[-1] if before else None
    no = 1 if last is None else last.no + 1
    folder = f"{RAW}/{no:0{_DIGITS}}-{run.random(_NAME_BYTES).hex()}"  # nobody else's
    closed = False
    try:
        interval = await asyncio.to_thread(_read, lake, folder, _After(no, last, anew), tell)
        is_new = any(interval.extracts[one.name].rows for one in SOURCES if not one.is_whole)
        if last is None or is_new:
            await _close(run, lake, interval)
            closed = True
            mark(lake.storage, folder, interval)
    finally:
        if not closed:
            with suppress(LakeUnusable):  # what cannot be deleted now is swept
                lake.storage.delete_folder(folder)
    return interval if closed else None


async def _close(run: Run, lake: Lake, interval: Interval) -> None:
    async with run.transaction() as tx:
        await hold_lake_in(tx, lake)
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


def _read(lake: Lake, folder: str, after: _After, tell: Tell) -> Interval:
    with snapshot(lake.database_url) as taken:
        fence = taken.fence
        since = after.since(fence.epoch)
        extracts = dict[str, Extract]()
        for source in SOURCES:
            tell(source.name)
            extracts[source.name] = taken.copy(
                source, since=since, folder=folder, storage=lake.storage
            )
    return Interval(
        no=after.no,
        epoch=fence.epoch,
        since=since,
        until=fence.until,
        read_at=fence.read_at,
        extracts=extracts,
    )
