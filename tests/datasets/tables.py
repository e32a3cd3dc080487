"""Small tables for models, with the types that extraction and contracts give them.

An expression is compiled once for all tables that it is asked of, since compiling it takes longer
than computing it of a few rows: random tests ask the same one of many.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple

import ibis
import pyarrow as pa
from ibis import Table
from ibis.backends.duckdb import Backend
from ibis.expr.operations import UnboundTable

from ledgerline.datasets.extract import TYPES
from ledgerline.datasets.lake import fitted
from ledgerline.datasets.node import Fold, Node, Params
from ledgerline.datasets.nodes import node_of, nodes
from ledgerline.datasets.sources import SOURCES

Row = Mapping[str, Any]
Rows = Mapping[str, Sequence[Row]]
_EMPTY: Final[Mapping[str, Any]] = {"string": "", "int64": 0, "date32[day]": date(2025, 1, 1)}
_KEPT: Final = 256


def schema_of(name: str) -> pa.Schema:
    """Return the columns of a source, fact or data set."""
    for source in SOURCES:
        if source.name == name:
            return pa.schema([(each, TYPES[one.kind]) for each, one in source.columns.items()])
    return node_of(name).contract.schema()


def arrow_of(name: str, rows: Sequence[Row]) -> pa.Table:
    """Return rows as a table of that name; a column that a row leaves out is filled."""
    schema = schema_of(name)
    columns = {
        field.name: pa.array(
            [row.get(field.name, _EMPTY.get(str(field.type), False)) for row in rows], field.type
        )
        for field in schema
    }
    return pa.table(columns, schema=schema)


def table_of(name: str, rows: Sequence[Row]) -> Table:
    """Return the same for an engine of one's own."""
    return ibis.memtable(arrow_of(name, rows))


class _Compiled(NamedTuple):
    """An expression, which keeps the tables alive that it brings along, and what it reads."""

    expression: Table
    sql: str
    reads: tuple[str, ...]


@lru_cache(maxsize=1)
def _backend() -> Backend:
    return ibis.duckdb.connect(threads=1)


@lru_cache(maxsize=_KEPT)
def unbound(name: str) -> Table:
    """Return a table that stands for any rows of a source, fact or data set."""
    return ibis.table(ibis.Schema.from_pyarrow(schema_of(name)), name=name)


def _compile(expression: Table) -> _Compiled:
    """Compile an expression, and leave the tables in the engine that it brings along."""
    found = expression.op().find(UnboundTable)
    reads = tuple(sorted({op.name for op in found if isinstance(op, UnboundTable)}))
    for name in reads:
        _backend().con.register(name, arrow_of(name, []))
    _backend().to_pyarrow(expression)
    return _Compiled(expression, _backend().compile(expression), reads)


def _computed(compiled: _Compiled, tables: Rows) -> pa.Table:
    for name in compiled.reads:
        _backend().con.register(name, arrow_of(name, tables.get(name, ())))
    found = _backend().raw_sql(compiled.sql).to_arrow_table()
    return found.cast(compiled.expression.schema().to_pyarrow())


@lru_cache(maxsize=_KEPT)
def _building(name: str, params: Params) -> _Compiled:
    node = node_of(name)
    assert not isinstance(node.build, Fold), name
    return _compile(node.build({each: unbound(each) for each in _reads(node)}, params))


@lru_cache(maxsize=_KEPT)
def _checking(name: str, params: Params) -> _Compiled:
    [wanted] = [one for node in nodes() for one in node.checks if one.name == name]
    names = [source.name for source in SOURCES] + [node.name for node in nodes()]
    return _compile(wanted.broken({each: unbound(each) for each in names}, params))


def _reads(node: Node) -> tuple[str, ...]:
    return (*node.contract.sources, *node.contract.reads)


def built_rows(name: str, sources: Rows, params: Params) -> list[dict[str, Any]]:
    """Build one table of ``sources`` alone and return its rows."""
    node = node_of(name)
    if isinstance(node.build, Fold):
        held = {each: arrow_of(each, sources.get(each, ())) for each in _reads(node)}
        rows = node.build.rows(held, params)
    else:
        rows = _computed(_building(name, params), sources)
    found: list[dict[str, Any]] = fitted(node.contract, rows).to_pylist()
    return found


def built(
    name: str,
    sources: Rows,
    *,
    months: Sequence[date],
    today: date = date(2030, 1, 1),
    recognised: date | None = date(2029, 12, 1),
) -> list[dict[str, Any]]:
    """Build one table of ``sources`` alone and return its rows, sorted by key."""
    rows = built_rows(name, sources, Params(tuple(months), today, recognised))
    key = node_of(name).contract.key
    return sorted(rows, key=lambda row: [str(row[each]) for each in key])


def broken(check: str, sources: Rows, *, months: Sequence[date]) -> list[dict[str, Any]]:
    """Return the rows that break a check; tables that are not given are empty."""
    params = Params(tuple(months), date(2030, 1, 1), date(2029, 12, 1))
    found: list[dict[str, Any]] = _computed(_checking(check, params), sources).to_pylist()
    return found


def months_between(first: date, last: date) -> list[date]:
    """List the first days of months from ``first`` to ``last``, both included."""
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]
