"""Expressions: of operators that mean the same everywhere; all compile for every engine."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import ibis
import pyarrow as pa
import pytest
import sqlglot
from ibis import Table
from ibis.backends.sql.compilers import bigquery, duckdb, pyspark
from ibis.expr import operations as ops
from ibis.formats.pyarrow import PyArrowSchema

from ledgerline.datasets.checks import standing
from ledgerline.datasets.node import Fold, Params
from ledgerline.datasets.nodes import nodes
from ledgerline.datasets.portable import extended, month_of, months_from, within
from ledgerline.datasets.sources import SOURCES
from tests.datasets.tables import schema_of

_ALLOWED: Final = frozenset((
    "Abs", "Add", "Aggregate", "And", "Cast", "Coalesce", "CountDistinct", "CountStar", "DateAdd",
    "DateDelta", "DateFromYMD", "DateSub", "Distinct", "DropColumns", "Equals", "ExtractMonth",
    "ExtractYear", "Field", "Filter", "FloorDivide", "Greater", "GreaterEqual", "IfElse",
    "InMemoryTable", "InValues", "IntegerRange", "IntervalFromInteger", "IsNull", "JoinChain",
    "JoinLink", "JoinReference", "Lag", "Lead", "Less", "LessEqual", "Literal", "Max", "Min",
    "Multiply", "Negate", "Not", "NotEquals", "NotNull", "Or", "Project", "RowNumber",
    "ScalarSubquery", "SearchedCase", "SortKey", "StringConcat", "StringReplace", "Subtract", "Sum",
    "UnboundTable", "Union", "Unnest", "WindowBoundary", "WindowFunction",
))  # fmt: skip
"""What gives equal results on DuckDB and PySpark (`test_engines`).

Replacing text and semi-joins came with the tables of cash and are not compared with rows yet.
"""
_JOINS: Final = frozenset({"inner", "anti", "semi"})
_COMPILERS: Final = {
    "bigquery": bigquery.compiler,
    "spark": pyspark.compiler,
    "duckdb": duckdb.compiler,
}
"""By the dialect that parses what each writes."""


def _expressions() -> Iterator[tuple[str, Table]]:
    names = [source.name for source in SOURCES] + [node.name for node in nodes()]
    tables = {name: ibis.table(PyArrowSchema.to_ibis(schema_of(name)), name=name) for name in names}
    params = Params((date(2026, 1, 1), date(2026, 2, 1)), date(2026, 2, 20), date(2026, 1, 1))
    for node in nodes():
        if not isinstance(node.build, Fold):
            yield node.name, node.build(tables, params)
        for check in (*standing(node), *node.checks):
            yield check.name, check.broken(tables, params)


_EXPRESSIONS: Final = dict(_expressions())


def _faults(expression: Table) -> set[str]:
    """Name what an expression holds that is not known to be the same everywhere."""
    found = set[str]()
    for node in expression.op().find(ops.Node):
        kind = type(node).__name__
        if kind not in _ALLOWED:
            found.add(kind)
        if isinstance(node, ops.JoinLink) and node.how not in _JOINS and not _is_marked(node):
            found.add(f"{node.how} join")
        if isinstance(node, ops.Value) and (node.dtype.is_floating() or node.dtype.is_decimal()):
            found.add(f"{node.dtype}")
        if _is_inner_generator(node):
            found.add("Unnest in an expression")
    return found


def _is_marked(link: Any) -> bool:
    """Answer whether a left join is that of `extended`, whose marker says what was found."""
    return link.how == "left" and "is_found" in link.table.schema


def _is_inner_generator(node: Any) -> bool:
    return (
        isinstance(node, ops.Value)
        and not isinstance(node, ops.Unnest)
        and any(isinstance(one, ops.Unnest) for one in node.args)
    )


@pytest.mark.parametrize("name", _EXPRESSIONS)
def test_tables_and_audits_use_what_means_the_same_everywhere(name: str) -> None:
    assert _faults(_EXPRESSIONS[name]) == set()


@pytest.mark.parametrize("name", _EXPRESSIONS)
def test_tables_and_audits_compile_for_every_engine(name: str) -> None:
    for dialect, compiler in _COMPILERS.items():
        text = compiler.to_sqlglot(_EXPRESSIONS[name]).sql(compiler.dialect)
        # and what is written is read again, as one query
        assert isinstance(sqlglot.parse_one(text, dialect=dialect), sqlglot.exp.Query)


_A: Final = ibis.table({"id": "string", "n": "int64", "on": "date"}, name="a")
_B: Final = ibis.table({"id": "string", "m": "int64"}, name="b")


@pytest.mark.parametrize(
    ("fault", "expression"),
    [
        ("Modulus", _A.mutate(n=_A.n % 12)),
        ("float64", _A.mutate(n=_A.n / 12)),
        ("Mean", _A.agg(n=_A.n.mean())),
        ("left join", _A.left_join(_B, "id")),
        ("outer join", _A.outer_join(_B, "id")),
        ("Strftime", _A.mutate(n=_A.on.strftime("%Y"))),
        ("TimestampNow", _A.mutate(at=ibis.now())),
        ("Unnest in an expression", _A.mutate(on=month_of(months_from(_A, "n", "n")))),
    ],
)
def test_what_differs_between_engines_is_found(fault: str, expression: Table) -> None:
    assert fault in _faults(expression)


def test_what_bigquery_has_not_does_not_compile() -> None:
    with pytest.raises(Exception, match=r"not supported|Kurtosis|No translation"):
        bigquery.compiler.to_sqlglot(_A.agg(k=_A.n.kurtosis()))


def test_what_is_not_found_is_as_it_was_said_and_what_is_found_may_be_empty() -> None:
    table = ibis.memtable(pa.table({"id": ["a", "b", "c"], "n": [1, 2, 3]}))
    found = ibis.memtable(
        pa.table({"id": ["a", "b"], "m": [7, None], "on": [date(2026, 1, 1), None]})
    )
    both = extended(table, found, ("id",), {"m": 0, "on": None})
    assert both.columns == ("id", "n", "m", "on")
    rows = sorted(ibis.duckdb.connect().to_pyarrow(both).to_pylist(), key=lambda one: one["id"])
    assert [(one["m"], one["on"]) for one in rows] == [
        (7, date(2026, 1, 1)),
        (None, None),
        (0, None),
    ]


@pytest.mark.parametrize("numbers", [(1, 2, 3), (3, 1), (12,), ()])
def test_months_of_a_span_are_those_that_are_listed(numbers: tuple[int, ...]) -> None:
    every = [date(2026, number, 1) for number in range(1, 13)]
    months = tuple(date(2026, number, 1) for number in numbers)
    table = ibis.memtable(pa.table({"month": pa.array(every, pa.date32())}))
    kept = ibis.duckdb.connect().to_pyarrow(table.filter(within(table.month, months)))
    assert sorted(kept["month"].to_pylist()) == sorted(months)
