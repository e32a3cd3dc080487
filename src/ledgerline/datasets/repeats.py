"""Intervals all of whose rows were read again by one that began anew."""

from collections.abc import Sequence
from typing import NamedTuple

import ibis

from ledgerline.datasets.engine import duckdb_engine
from ledgerline.datasets.lake import Lake
from ledgerline.datasets.release import raw_of
from ledgerline.datasets.sources import SOURCES
from ledgerline.releases.rows import IntervalRow, ReleaseRow


class Repeats(NamedTuple):
    """The interval that read everything once more, and the sources of which it lacks a row."""

    anew: int
    lacking: Sequence[str]


def repeats_of(
    lake: Lake, intervals: Sequence[IntervalRow], released: ReleaseRow | None
) -> Repeats | None:
    """Say whether what comes before the newest interval that began anew is all held by it.

    None where nothing comes before it, or where the current release was not built of it yet.
    """
    anew = max((one.no for one in intervals if one.since is None), default=0)
    before = [one for one in intervals if one.no < anew]
    if not before or released is None or released.interval_no < anew:
        return None
    old, new = raw_of(before), raw_of(one for one in intervals if one.no >= anew)
    lacking = []
    with duckdb_engine(lake.spill) as engine:
        for source in SOURCES:
            if source.is_whole:
                continue
            left = ibis.difference(old.table(engine, lake, source), new.table(engine, lake, source))
            if engine.compute(left.limit(1)).num_rows:
                lacking.append(source.name)
    return Repeats(anew, lacking)
