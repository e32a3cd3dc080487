"""What is being released: which months are built, and what each table is read from meanwhile."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

import msgspec
import pyarrow as pa
from ibis import Table
from ibis import _ as row
from msgspec import Struct

from ledgerline.base.calendar import add_months
from ledgerline.datasets.checks import ROWS_SHOWN
from ledgerline.datasets.computing import Computing
from ledgerline.datasets.contract import Spread
from ledgerline.datasets.extract import TYPES
from ledgerline.datasets.lake import Lake, Placed
from ledgerline.datasets.manifest import Extract, read_extracts
from ledgerline.datasets.node import Node
from ledgerline.datasets.source import Source
from ledgerline.datasets.sources import SOURCES
from ledgerline.releases.refusals import RawFileChanged
from ledgerline.releases.rows import IntervalRow, ReleaseRow


class Found(Struct, frozen=True, kw_only=True):
    """What one check found: how many rows break it, and the first of them."""

    name: str
    sentence: str
    blocks: bool
    broken: int
    rows: Sequence[Mapping[str, object]]


class Raw(NamedTuple):
    """All that was extracted, by source, and whether any of it was read twice."""

    extracts: Mapping[str, Sequence[Extract]]
    is_doubled: bool

    def months(self) -> set[date]:
        """Return the months that something was booked into, or that something new changes."""
        return {month for each in self.extracts.values() for one in each for month in one.months}

    def whole(self) -> dict[str, int]:
        """Return how many rows each table has that leaves whole; they are only added to."""
        return {
            one.name: self.extracts[one.name][-1].rows
            for one in SOURCES
            if one.is_whole and self.extracts[one.name]
        }

    def largest(self) -> int:
        """Return how many rows the source has that has the most."""
        return max(sum(one.rows for one in each) for each in self.extracts.values())

    def table(self, engine: Computing, lake: Lake, source: Source) -> Table:
        """Return all rows of a source, each once; raises ``RawFileChanged`` when a file is gone.

        Rows that were read twice are dropped where they are equal. Of two that are not, with one
        key, none can be told to be right: ``torn`` finds them.
        """
        extracts = self.extracts[source.name]
        files = [file for one in extracts[-1 if source.is_whole else 0 :] for file in one.files]
        for file in files:
            if not lake.storage.has(file.path):
                raise RawFileChanged("a file of a closed interval is missing", file=file.path)
        schema = pa.schema([(name, TYPES[one.kind]) for name, one in source.columns.items()])
        read = lake.storage.fetched(file.path for file in files)
        found = engine.table(read, schema)
        return found.distinct() if self.is_doubled else found


def torn(engine: Computing, lake: Lake, raw: Raw) -> Found:
    """Find keys under which sources hold rows that differ: one of them was not to change."""
    rows = list[dict[str, object]]()
    for source in SOURCES:
        key = next(iter(source.columns))
        counted = raw.table(engine, lake, source).group_by(key).agg(rows_count=row.count())
        for one in engine.compute(counted.filter(row.rows_count > 1)).to_pylist():
            rows.append({"source": source.name, **one})
    return Found(
        name="raw_keys",
        sentence="what was read of one row of the database, once or again, is one row",
        blocks=True,
        broken=len(rows),
        rows=rows[:ROWS_SHOWN],
    )


def raw_of(intervals: Iterable[IntervalRow]) -> Raw:
    """Gather what intervals hold; what begins anew may hold the same rows as those before."""
    rows = list(intervals)
    read = [read_extracts(one.extracts) for one in rows]
    nothing = Extract(files=[], rows=0, sums={}, months=[])
    return Raw(
        {source.name: [one.get(source.name, nothing) for one in read] for source in SOURCES},
        is_doubled=sum(one.since is None for one in rows) > 1,
    )


ROWS_AT_ONCE: Final = 4_000_000
MONTHS_AT_ONCE: Final = 1_200


class Known(NamedTuple):
    """What the release before has seen: intervals up to one, and the months before ``until``."""

    interval_no: int
    until: date


class Plan(NamedTuple):
    """Which months are built. ``every`` are all that there are, in order.

    ``known`` is what need not be folded anew; None where everything is built as if for the first
    time. ``at_once`` is how many months are held in memory together.
    """

    every: tuple[date, ...]
    stale: tuple[date, ...]
    known: Known | None = None
    at_once: int = MONTHS_AT_ONCE

    def months_of(self, node: Node) -> tuple[date, ...]:
        """Return the months of one table: those that are stale, and what follows from them."""
        if not self.stale or node.contract.spread is Spread.MONTH:
            return self.stale
        if node.contract.spread is Spread.WHOLE:
            return self.every
        return tuple(month for month in self.every if month >= self.stale[0])

    def parts_of(self, node: Node) -> Iterator[tuple[date, ...]]:
        """Yield the months of one table, part by part where each month stands for itself."""
        months = self.months_of(node)
        size = self.at_once if node.contract.spread is Spread.MONTH else MONTHS_AT_ONCE
        for first in range(0, max(len(months), 1), size):
            yield months[first : first + size]


def months_at_once(rows: int, months: Sequence[date]) -> int:
    """Say of how many months about as many rows are read as may be held in memory together."""
    return max(1, ROWS_AT_ONCE * len(months) // max(rows, 1))


def plan(
    intervals: Sequence[IntervalRow],
    *,
    released: ReleaseRow | None,
    today: date,
    again: Collection[date] = (),
) -> Plan:
    """Say which months are to be built: those of what is new, those of ``again``, and today's.

    Everything is built where there is no release, where other code made it, or where a table grew
    that leaves whole. The month of the last release was built as far as its day.
    """
    this_month = today.replace(day=1)
    raw = raw_of(intervals)
    booked = raw.months() | {this_month}
    every = tuple(_months(min(booked), max(booked)))
    before = [] if released is None else [x for x in intervals if x.no <= released.interval_no]
    at_once = months_at_once(raw.largest(), every)
    if released is None or raw_of(before).whole() != raw.whole():
        return Plan(every, every, at_once=at_once)
    fresh = raw_of(one for one in intervals if one.no > released.interval_no).months()
    stale = (fresh | set(again)) & set(every)
    if stale or released.business_day.replace(day=1) != this_month:
        stale.add(this_month)
        stale |= {month for month in every if month >= released.business_day.replace(day=1)}
    known = None if again else _known(before, released, every[0])
    return Plan(every, tuple(sorted(stale)), known, at_once)


def _known(before: Sequence[IntervalRow], released: ReleaseRow, first: date) -> Known | None:
    """Say what a release has seen; None where it did not go back as far as ``first``."""
    built = raw_of(before).months() | {released.business_day.replace(day=1)}
    if min(built) != first:
        return None
    return Known(released.interval_no, add_months(max(built), 1, anchor_day=1))


def _months(first: date, last: date) -> Iterable[date]:
    month = first
    while month <= last:
        yield month
        month = add_months(month, 1, anchor_day=1)


_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


def write_json(value: object) -> str:
    """Write what a release says of its tables or checks."""
    return _ENCODER.encode(value).decode()


def tables_of(released: ReleaseRow | None) -> dict[str, Placed]:
    """Return where each table of a release stands, by its name; nothing where there is none."""
    return {} if released is None else msgspec.json.decode(released.tables, type=dict[str, Placed])


def checks_of(released: ReleaseRow) -> list[Found]:
    """Return what the checks of a release found."""
    return msgspec.json.decode(released.checks, type=list[Found])
