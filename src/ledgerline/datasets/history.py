"""Which history a lake is of: what was closed leaves a mark beside its files.

The database says which intervals there are. One that is set back to an earlier state, or a copy
that writes into the same folder, does not know what was closed after it; the marks do.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Final

import msgspec
from msgspec import Struct

from ledgerline.datasets.manifest import Interval, read_extracts
from ledgerline.datasets.storage import Storage
from ledgerline.releases.refusals import HistoryChanged
from ledgerline.releases.rows import IntervalRow

RAW: Final = "raw"
"""The folder below which each interval has one."""
CLOSED: Final = "closed.json"
"""Written once the database has the interval."""
LOST: Final = "lost.json"
"""What it is called once somebody said that the database of now is the one that counts."""

EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Before anything was retired."""


class Mark(Struct, frozen=True, kw_only=True):
    """An interval as it was closed; ``folder`` is where its files lie."""

    no: int
    epoch: str
    until: int
    read_at: datetime
    folder: str


def folders_of(intervals: Iterable[IntervalRow]) -> frozenset[str]:
    """Return the names of the folders below ``raw`` in which files of intervals lie."""
    return frozenset(
        PurePosixPath(file.path).parent.name
        for one in intervals
        for extract in read_extracts(one.extracts).values()
        for file in extract.files
    )


def mark(storage: Storage, folder: str, closed: Interval) -> None:
    """Note that an interval is closed; whoever is killed before it has closed it all the same.

    One without rows has no folder, and nothing of it can be lost.
    """
    if any(one.files for one in closed.extracts.values()):
        said = Mark(
            no=closed.no,
            epoch=closed.epoch,
            until=closed.until,
            read_at=closed.read_at,
            folder=PurePosixPath(folder).name,
        )
        storage.put(f"{folder}/{CLOSED}", msgspec.json.encode(said))


def marked(storage: Storage) -> frozenset[str]:
    """List the folders whose interval was closed.

    Asked before the database is, so that it knows what is closed meanwhile.
    """
    found = (PurePosixPath(one.path) for one in storage.walk(RAW))
    return frozenset(path.parent.name for path in found if path.name == CLOSED)


def check_history(storage: Storage, there: frozenset[str], known: Iterable[IntervalRow]) -> None:
    """Raise ``HistoryChanged`` where an interval of ``there`` is not known to the database."""
    given_up = lost(storage, there, known)
    if given_up:
        raise HistoryChanged(
            f"the lake holds intervals up to number {given_up[-1].no}, closed at"
            f" {given_up[-1].read_at:%Y-%m-%d %H:%M} UTC, that this database does not know: it was"
            " set back, or is a copy. If it is the one that counts: ledgerline data adopt."
            " If it is a copy: give it a data directory or a lake of its own",
            intervals=[one.no for one in given_up],
        )


def lost(storage: Storage, there: frozenset[str], known: Iterable[IntervalRow]) -> Sequence[Mark]:
    """Return what was closed and is not ``known`` to the database, in order."""
    found = [
        msgspec.json.decode(storage.read(f"{RAW}/{name}/{CLOSED}"), type=Mark)
        for name in there - folders_of(known)
    ]
    return sorted(found, key=lambda one: (one.no, one.read_at))


def set_aside(storage: Storage, given_up: Iterable[Mark]) -> None:
    """Say that what was closed counts no more; its files are swept like any that nothing names.

    Killed between the two, it is still closed, and is set aside once more.
    """
    for one in given_up:
        folder = f"{RAW}/{one.folder}"
        storage.put(f"{folder}/{LOST}", msgspec.json.encode(one))
        storage.delete(f"{folder}/{CLOSED}")
