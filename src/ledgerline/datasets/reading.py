"""Reading a release: every table at the snapshot that the release names."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import NamedTuple

import duckdb
import pyarrow as pa

from ledgerline.datasets.engine import Engine, duckdb_engine
from ledgerline.datasets.lake import Lake
from ledgerline.datasets.nodes import nodes
from ledgerline.datasets.release import tables_of
from ledgerline.releases.refusals import QueryRefused
from ledgerline.releases.rows import ReleaseRow


class Size(NamedTuple):
    """How large a table of a release is."""

    name: str
    files: int
    rows: int
    months: int


class MonthSize(NamedTuple):
    """What a table of a release has of one month, and what late facts do to it."""

    name: str
    closed_rule: str
    rows: int


@contextmanager
def reading(lake: Lake, released: ReleaseRow) -> Iterator[Engine]:
    """Open an engine in which every table of a release has its name, and none can be changed."""
    snapshots = tables_of(released)
    with lake.opened(), duckdb_engine(lake.spill) as engine:
        for node in nodes():
            if node.name in snapshots:
                files = lake.files(node.namespace, node.contract, snapshots[node.name])
                engine.name(node.name, files, node.contract.schema())
        yield engine


def answer(lake: Lake, released: ReleaseRow, query: str) -> pa.Table:
    """Answer one SQL query over a release; raises ``QueryRefused`` with what DuckDB says."""
    with reading(lake, released) as engine:
        try:
            engine.confine(lake.folder)
            return engine.select(query)
        except duckdb.Error as error:
            raise QueryRefused(str(error).split("\n", maxsplit=1)[0], query=query) from error


def sizes(lake: Lake, released: ReleaseRow) -> Sequence[Size]:
    """Say how large each table of a release is."""
    snapshots: Mapping[str, int] = tables_of(released)
    found = []
    with reading(lake, released) as engine:
        for node in nodes():
            if node.name not in snapshots:
                continue
            files = lake.files(node.namespace, node.contract, snapshots[node.name])
            month = node.contract.partition
            [row] = engine.sql(
                f'SELECT count(*) AS rows, count(DISTINCT "{month}") AS months FROM {node.name}'  # noqa: S608 - names of contracts
            ).to_pylist()
            found.append(Size(node.name, len(files), row["rows"], row["months"]))
    return found


def sizes_of_month(lake: Lake, released: ReleaseRow, month: date) -> Sequence[MonthSize]:
    """Say what each table of a release has of one month."""
    snapshots = tables_of(released)
    found = []
    with reading(lake, released) as engine:
        for node in nodes():
            if node.name not in snapshots:
                continue
            [row] = engine.sql(
                f"SELECT count(*) AS rows FROM {node.name}"  # noqa: S608 - names of contracts
                f" WHERE \"{node.contract.partition}\" = DATE '{month}'"
            ).to_pylist()
            found.append(MonthSize(node.name, node.contract.closed_rule, row["rows"]))
    return found
