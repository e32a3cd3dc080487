"""Reading a release: every table at the snapshot that the release names."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import NamedTuple

import duckdb
import pyarrow as pa

from ledgerline.datasets.engine import Engine, duckdb_engine
from ledgerline.datasets.lake import Lake, Placed
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
def reading(lake: Lake, released: ReleaseRow, *, filled: bool = False) -> Iterator[Engine]:
    """Open an engine in which every table of a release has its name, and none can be changed.

    A table has the columns that it was released with, whatever version of it this code builds;
    ``filled`` adds empty ones for those that it had not yet.
    """
    contracts = {node.name: node.contract.schema() for node in nodes()} if filled else {}
    with lake.opened(), duckdb_engine(lake.spill, keeps_order=True) as engine:
        for name, placed in _named(released):
            schema = lake.schema(placed)
            added = [one for one in contracts.get(name, ()) if one.name not in schema.names]
            engine.name(name, lake.files(placed), pa.schema([*schema, *added]))
        yield engine


def _named(released: ReleaseRow) -> Sequence[tuple[str, Placed]]:
    """Return the tables of a release in the order in which they are built; others follow."""
    order = {node.name: number for number, node in enumerate(nodes())}
    tables = tables_of(released)
    return sorted(tables.items(), key=lambda one: (order.get(one[0], len(order)), one[0]))


def answer(lake: Lake, released: ReleaseRow, query: str) -> pa.Table:
    """Answer one SQL query over a release; raises ``QueryRefused`` with what DuckDB says."""
    with reading(lake, released) as engine:
        try:
            engine.confine(lake.storage.here)
            return engine.select(query)
        except duckdb.Error as error:
            raise QueryRefused(str(error).split("\n", maxsplit=1)[0], query=query) from error


def sizes(lake: Lake, released: ReleaseRow) -> Sequence[Size]:
    """Say how large each table of a release is."""
    found = []
    with reading(lake, released) as engine:
        for name, placed in _named(released):
            month = lake.partition(placed)
            [row] = engine.sql(
                f'SELECT count(*) AS rows, count(DISTINCT "{month}") AS months FROM {name}'  # noqa: S608 - names of contracts
            ).to_pylist()
            found.append(Size(name, len(lake.files(placed)), row["rows"], row["months"]))
    return found


def sizes_of_month(lake: Lake, released: ReleaseRow, month: date) -> Sequence[MonthSize]:
    """Say what each table of a release has of one month."""
    rules = {node.name: node.contract.closed_rule for node in nodes()}
    found = []
    with reading(lake, released) as engine:
        for name, placed in _named(released):
            [row] = engine.sql(
                f"SELECT count(*) AS rows FROM {name}"  # noqa: S608 - names of contracts
                f" WHERE \"{lake.partition(placed)}\" = DATE '{month}'"
            ).to_pylist()
            found.append(MonthSize(name, rules.get(name, ""), row["rows"]))
    return found
