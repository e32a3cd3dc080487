"""Small tables for models, with the types that extraction and contracts give them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import ibis
import pyarrow as pa
from ibis import Table

from ledgerline.datasets.engine import Engine, duckdb_engine
from ledgerline.datasets.extract import TYPES
from ledgerline.datasets.folding import folded
from ledgerline.datasets.lake import fitted
from ledgerline.datasets.node import Fold, Params
from ledgerline.datasets.nodes import node_of, nodes
from ledgerline.datasets.sources import SOURCES

Row = Mapping[str, Any]
_EMPTY: Final[Mapping[str, Any]] = {"string": "", "int64": 0, "date32[day]": date(2025, 1, 1)}


def schema_of(name: str) -> pa.Schema:
    """Return the columns of a source, fact or data set."""
    for source in SOURCES:
        if source.name == name:
            return pa.schema([(each, TYPES[one.kind]) for each, one in source.columns.items()])
    return node_of(name).contract.schema()


def table_of(name: str, rows: Sequence[Row]) -> Table:
    """Return rows as a table of that name; a column that a row leaves out is filled."""
    schema = schema_of(name)
    columns = {
        field.name: pa.array(
            [row.get(field.name, _EMPTY.get(str(field.type), False)) for row in rows], field.type
        )
        for field in schema
    }
    return ibis.memtable(pa.table(columns, schema=schema))


@contextmanager
def engine() -> Iterator[Engine]:
    """Open an engine that spills into a folder of its own."""
    with TemporaryDirectory() as folder, duckdb_engine(Path(folder)) as opened:
        yield opened


def built(
    name: str,
    sources: Mapping[str, Sequence[Row]],
    *,
    months: Sequence[date],
    today: date = date(2030, 1, 1),
    recognised: date | None = date(2029, 12, 1),
) -> list[dict[str, Any]]:
    """Build one table of ``sources`` alone and return its rows, sorted by key."""
    node = node_of(name)
    params = Params(tuple(months), today, recognised)
    read = {
        each: table_of(each, sources.get(each, ()))
        for each in (*node.contract.sources, *node.contract.reads)
    }
    with engine() as computing:
        if isinstance(node.build, Fold):
            rows = folded(computing, node, read, params, seen=None)
        else:
            rows = fitted(node.contract, computing.compute(node.build(read, params)))
    found: list[dict[str, Any]] = rows.to_pylist()
    return sorted(found, key=lambda row: [str(row[key]) for key in node.contract.key])


def broken(
    check: str, sources: Mapping[str, Sequence[Row]], *, months: Sequence[date]
) -> list[dict[str, Any]]:
    """Return the rows that break a check; tables that are not given are empty."""
    params = Params(tuple(months), date(2030, 1, 1), date(2029, 12, 1))
    names = [source.name for source in SOURCES] + [node.name for node in nodes()]
    tables = {name: table_of(name, sources.get(name, ())) for name in names}
    [wanted] = [one for node in nodes() for one in node.checks if one.name == check]
    with engine() as computing:
        found: list[dict[str, Any]] = computing.compute(wanted.broken(tables, params)).to_pylist()
    return found


def months_between(first: date, last: date) -> list[date]:
    """List the first days of months from ``first`` to ``last``, both included."""
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]
