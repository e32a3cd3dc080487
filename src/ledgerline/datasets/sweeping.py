"""What of a lake nothing names any more: found, and deleted.

A build or an export that was killed leaves files, and so does a release that is read no more. What
goes must be named by nothing and be older than a grace, so that what is being written now, or read
since before, is not touched. Snapshots leave the catalog first and their files after them: whoever
is killed between the two leaves files that the next sweep finds.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot

from ledgerline.datasets.history import CLOSED, RAW, folders_of
from ledgerline.datasets.lake import Lake
from ledgerline.datasets.release import tables_of
from ledgerline.datasets.storage import Entry, Storage
from ledgerline.releases.rows import IntervalRow, ReleaseRow

_MAIN: Final = "main"
_METADATA: Final = ".metadata.json"
_MILLISECONDS: Final = 1000


class Named(NamedTuple):
    """What must stay: the snapshots of releases that are read, and the folders of intervals.

    ``current`` are the snapshots of the current release; ``ended`` are the folders of intervals
    that are retired. A folder that was closed and is neither is another database's.
    """

    snapshots: frozenset[int]
    current: frozenset[int]
    folders: frozenset[str]
    ended: frozenset[str]


class Ages(NamedTuple):
    """Only what is older goes.

    ``left`` is for what a killed process left; ``kept`` for descriptions of tables as they were,
    by which a database that is set back finds them again.
    """

    left: datetime
    kept: datetime


@dataclass
class Swept:
    """What went, or would: counts, and bytes of the files."""

    snapshots: int = 0
    files: int = 0
    size: int = 0
    folders: list[str] = field(default_factory=list)

    def take(self, storage: Storage, file: Entry, *, dry_run: bool) -> None:
        """Delete one file; one that is gone is no fault: another sweep was here."""
        if dry_run or storage.delete(file.path):
            self.files += 1
            self.size += file.size


def named_of(
    releases: Sequence[ReleaseRow],
    intervals: Iterable[IntervalRow],
    retired: Iterable[IntervalRow],
) -> Named:
    """Gather what releases that are read (the current one first) and intervals name."""
    current = tables_of(releases[0] if releases else None)
    return Named(
        frozenset(each.snapshot for one in releases for each in tables_of(one).values()),
        frozenset(each.snapshot for each in current.values()),
        folders_of(intervals),
        folders_of(retired),
    )


def sweep_tables(
    lake: Lake, named: Named, ages: Ages, *, dry_run: bool, tell: Callable[[str], None]
) -> Swept:
    """Expire snapshots that nothing names, and delete files that no snapshot has."""
    swept = Swept()
    for found in lake.tables():
        going = [one for one in _going(found, named) if _older(one, ages.left)]
        swept.snapshots += len(going)
        table = _expire(found, going, named) if going and not dry_run else found
        tell(".".join(table.name()))
        kept = [one for one in table.snapshots() if not dry_run or one not in going]
        storage = lake.storage
        reached = {storage.path_of(uri) for uri in _reached(table, kept)}
        for file in storage.walk(storage.path_of(table.location())):
            before = ages.kept if file.path.endswith(_METADATA) else ages.left
            if file.path not in reached and file.changed < before:
                swept.take(storage, file, dry_run=dry_run)
    return swept


def sweep_folders(lake: Lake, named: Named, ages: Ages, *, dry_run: bool) -> Swept:
    """Delete raw folders that no interval names, and what an engine spilled and left."""
    swept = Swept()
    for name, listed in groupby(lake.storage.walk(RAW), key=_interval_of):
        files = list(listed)
        is_closed = any(PurePosixPath(one.path).name == CLOSED for one in files)
        if name in named.folders or (is_closed and name not in named.ended):
            continue
        if max(one.changed for one in files) >= ages.left:
            continue
        for file in files:
            swept.take(lake.storage, file, dry_run=dry_run)
        swept.folders.append(name)
        if not dry_run:
            lake.storage.delete_folder(f"{RAW}/{name}")
    _sweep_here(lake, ages, swept, dry_run=dry_run)
    return swept


def _sweep_here(lake: Lake, ages: Ages, swept: Swept, *, dry_run: bool) -> None:
    """Delete what an engine spilled and left, and copies of what is in the store no more."""
    spilled = Storage(lake.spill)
    for file in spilled.walk(""):
        if file.changed < ages.left:
            swept.take(spilled, file, dry_run=dry_run)
    if not dry_run:
        lake.storage.forget()


def _interval_of(file: Entry) -> str:
    return PurePosixPath(file.path).parts[1]


def _going(table: Table, named: Named) -> Iterator[Snapshot]:
    """Yield the snapshots of a table that no release names, and no tag."""
    tagged = {ref.snapshot_id for name, ref in table.refs().items() if name != _MAIN}
    heads = {one.snapshot_id for one in table.snapshots()} & named.current
    main = table.refs().get(_MAIN)
    stays = tagged | named.snapshots
    if main is not None and not heads:
        stays = stays | {main.snapshot_id}  # nothing is released that could stand in its place
    yield from (one for one in table.snapshots() if one.snapshot_id not in stays)


def _expire(table: Table, going: Sequence[Snapshot], named: Named) -> Table:
    """Expire snapshots; where the newest is one of them, the released one takes its place."""
    ids = [one.snapshot_id for one in going]
    now = table.current_snapshot()
    if now is not None and now.snapshot_id in ids:
        [head] = {one.snapshot_id for one in table.snapshots()} & named.current
        table.manage_snapshots().set_current_snapshot(head).commit()
        table.refresh()
    table.maintenance.expire_snapshots().by_ids(ids).commit()
    return table.refresh()


def _reached(table: Table, snapshots: Iterable[Snapshot]) -> set[str]:
    """Return every file that a table needs for these snapshots."""
    found = {table.metadata_location, *(one.metadata_file for one in table.metadata.metadata_log)}
    manifests = dict[str, None]()
    for snapshot in snapshots:
        found.add(snapshot.manifest_list)
        for manifest in snapshot.manifests(table.io):
            if manifest.manifest_path not in manifests:
                manifests[manifest.manifest_path] = None
                entries = manifest.fetch_manifest_entry(table.io, discard_deleted=True)
                found.update(entry.data_file.file_path for entry in entries)
    return {*found, *manifests}


def _older(snapshot: Snapshot, than: datetime) -> bool:
    return snapshot.timestamp_ms < than.timestamp() * _MILLISECONDS
