"""Delete from the lake what nothing names any more."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from ledgerline.base.run import Run
from ledgerline.datasets.history import EVER, check_history, marked
from ledgerline.datasets.lake import Lake
from ledgerline.datasets.repeats import Repeats, repeats_of
from ledgerline.datasets.sweeping import (
    Ages,
    Named,
    Swept,
    named_of,
    sweep_folders,
    sweep_tables,
)
from ledgerline.flows.hold_lake import hold_lake_in
from ledgerline.releases import store
from ledgerline.releases.rows import IntervalRow, ReleaseRow

Tell = Callable[[str], None]
KEPT: Final = timedelta(days=30)
"""How long a release is read after another took its place: more than backups are restored from."""
GRACE: Final = timedelta(hours=24)
"""How old what nothing names has to be: longer than any build, and than anybody reads."""


class Ended(NamedTuple):
    """What is read no more from now on, or would be; its files go when the time for it is over.

    ``intervals`` are those all of whose rows a later one holds; ``lacking`` are the sources of
    which it lacks some, and then none of them is retired.
    """

    releases: Sequence[int]
    intervals: Sequence[int]
    lacking: Sequence[str]


class Gone(NamedTuple):
    """What was swept, or would be."""

    ended: Ended
    tables: Swept
    folders: Swept


class _Found(NamedTuple):
    current: ReleaseRow | None
    outworn: Sequence[int]
    intervals: Sequence[IntervalRow]
    retired: Sequence[IntervalRow]


async def sweep_lake(
    run: Run,
    lake: Lake,
    *,
    kept: timedelta = KEPT,
    grace: timedelta = GRACE,
    dry_run: bool = False,
    tell: Tell = lambda _: None,
) -> Gone:
    """Retire what is outworn, and delete what nothing names; ``dry_run`` says what would go.

    What the current release names, a release that is read, a close, a tag, or an interval that is
    read stays, whatever its age. What is retired is decided in one transaction. Killed anywhere, it
    deleted nothing else, and the next sweep goes on. Who reads a release while it is retired has
    the grace to end; what is being written is younger than that. Raises ``HistoryChanged``,
    ``LakeBusy``, ``LakeUnusable`` and ``RawFileChanged``.
    """
    now = run.wall()
    there = await asyncio.to_thread(marked, lake.storage)
    found = await _read(run, before=now - kept)
    check_history(lake.storage, there, [*found.intervals, *found.retired])
    with lake.told():
        tell("what was read again")
        again = await asyncio.to_thread(repeats_of, lake, found.intervals, found.current)
        if not dry_run:
            await _retire(run, lake, again, before=now - kept)
        named = await _named(run, kept=now - kept, grace=now - grace)
        ages = Ages(left=now - grace, kept=now - kept)

        def sweep() -> tuple[Swept, Swept]:
            with lake.opened():
                return (
                    sweep_tables(lake, named, ages, dry_run=dry_run, tell=tell),
                    sweep_folders(lake, named, ages, dry_run=dry_run),
                )

        tables, folders = await asyncio.to_thread(sweep)
    return Gone(_ended(found, again), tables, folders)


def _ended(found: _Found, again: Repeats | None) -> Ended:
    if again is None:
        return Ended(found.outworn, (), ())
    repeated = [one.no for one in found.intervals if one.no < again.anew]
    return Ended(found.outworn, () if again.lacking else repeated, again.lacking)


async def _read(run: Run, *, before: datetime) -> _Found:
    async with run.surveying() as read:
        newest = await store.read_releases(read, limit=1)
        return _Found(
            newest[0] if newest else None,
            [one.no for one in await store.read_outworn_releases(read, before=before)],
            await store.read_intervals(read),
            await store.read_retired_intervals(read, since=EVER),
        )


async def _retire(run: Run, lake: Lake, again: Repeats | None, *, before: datetime) -> None:
    async with run.transaction() as tx:
        await hold_lake_in(tx, lake)
        await store.retire_releases(tx, before=before)
        if again is not None and not again.lacking:
            await store.retire_intervals(tx, anew=again.anew)


async def _named(run: Run, *, kept: datetime, grace: datetime) -> Named:
    """Read what stays: also what was retired so lately that somebody may still read it."""
    async with run.surveying() as read:
        releases = await store.read_named_releases(read, since=grace)
        intervals = await store.read_intervals(read)
        lately = await store.read_retired_intervals(read, since=kept)
        retired = await store.read_retired_intervals(read, since=EVER)
    return named_of(releases, [*intervals, *lately], retired)
