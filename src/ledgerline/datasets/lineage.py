"""Which tables an expression reads: told by the expression itself, not by what is said of it."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Final

import ibis
import ibis.expr.operations as ops
import pyarrow as pa
from ibis import Table

from ledgerline.datasets.extract import TYPES
from ledgerline.datasets.node import Check, Fold, Node, Params
from ledgerline.datasets.nodes import nodes
from ledgerline.datasets.source import Source
from ledgerline.datasets.sources import SOURCES

LEDGER: Final = "transfer"
"""The source that is the ledger: an audit that reads it ties a data set to the books."""
_READ: Final = re.compile(r"\b(?:FROM|JOIN)\s+(?!LATERAL)(\w+)")
_PARAMS: Final = Params((date(2026, 1, 1),), date(2026, 2, 15), date(2026, 1, 1))


def model_reads(node: Node) -> tuple[str, ...]:
    """Return what builds a table, in order of name."""
    if isinstance(node.build, Fold):  # it reads all that its contract names
        return tuple(sorted((*node.contract.sources, *node.contract.reads)))
    return _named(node.build(_tables(), _PARAMS))


def check_reads(check: Check) -> tuple[str, ...]:
    """Return what an audit holds against each other, in order of name."""
    return _named(check.broken(_tables(), _PARAMS))


def tree(node: Node) -> str:
    """Draw where a table comes from, down to tables of the database, as lines of text."""
    return "\n".join([node.name, *_below(node, "", set())])


def _below(node: Node, indent: str, drawn: set[str]) -> Iterator[str]:
    reads = model_reads(node)
    for name in reads:
        last = name == reads[-1]
        source = _sources().get(name)
        told = " (as above)" if name in drawn else ""
        if source is not None:
            told = f" ← {tables_of(source)}"
        yield f"{indent}{'└─' if last else '├─'} {name}{told}"
        if source is None and name not in drawn:
            drawn.add(name)
            deeper = indent + ("   " if last else "│  ")
            yield from _below(next(one for one in nodes() if one.name == name), deeper, drawn)


def tables_of(source: Source) -> str:
    """Name the tables of the database that a source reads, the one that drives it first."""
    named = _READ.findall(f"FROM {source.rows}")
    return ", ".join(dict.fromkeys(named))


@cache
def _sources() -> Mapping[str, Source]:
    return {source.name: source for source in SOURCES}


@cache
def _tables() -> Mapping[str, Table]:
    """Return every table without rows, by name."""
    sources = {
        one.name: pa.schema([(name, TYPES[column.kind]) for name, column in one.columns.items()])
        for one in SOURCES
    }
    schemas = {**sources, **{node.name: node.contract.schema() for node in nodes()}}
    return {
        name: ibis.table(ibis.Schema.from_pyarrow(schema), name=name)
        for name, schema in schemas.items()
    }


def _named(expression: Table) -> tuple[str, ...]:
    found = expression.op().find(lambda one: isinstance(one, ops.UnboundTable))
    return tuple(sorted({one.name for one in found if isinstance(one, ops.UnboundTable)}))


def columns_of(node: Node) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return which columns each column is computed of, by the table that they are in.

    That which rows there are depends on others too is not told, nor anything of what Python folds.
    """
    if isinstance(node.build, Fold):
        return {}
    relation = node.build(_tables(), _PARAMS).op()
    assert isinstance(relation, ops.Relation), node.name
    found: _Known = {}
    return {name: _by_table(_origins(relation, name, found)) for name in node.contract.columns}


_Origins = frozenset[tuple[str, str]]
_Known = dict[tuple[ops.Relation, str], _Origins]


def _origins(relation: ops.Relation, name: str, known: _Known) -> _Origins:
    """Follow one column of a relation down to the tables that are read; made rows are of none."""
    if isinstance(relation, ops.PhysicalTable):
        is_read = isinstance(relation, ops.UnboundTable)
        return frozenset({(relation.name, name)}) if is_read else frozenset()
    key = (relation, name)
    if key not in known:
        below = [_origins(one, column, known) for one, column in _parents(relation, name)]
        known[key] = frozenset[tuple[str, str]]().union(*below)
    return known[key]


def _parents(relation: ops.Relation, name: str) -> Iterator[tuple[ops.Relation, str]]:
    """Yield the columns that one column of a relation is computed of, one step down."""
    if isinstance(relation, ops.Set):
        yield from ((relation.left, name), (relation.right, name))
    elif name in relation.values:
        for field in relation.values[name].find(ops.Field, filter=ops.Value):
            yield field.rel, field.name
    else:
        yield from ((one, name) for one in relation.args if isinstance(one, ops.Relation))


def _by_table(origins: _Origins) -> Mapping[str, tuple[str, ...]]:
    tables = sorted({table for table, _ in origins})
    return {
        table: tuple(sorted(column for each, column in origins if each == table))
        for table in tables
    }
