"""What every expression is made of: operators that mean the same in every engine, and no others."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Final

import ibis
import pytest
from ibis import Table
from ibis.expr import operations as ops

from ledgerline.datasets.checks import standing
from ledgerline.datasets.node import Fold, Params
from ledgerline.datasets.nodes import nodes
from ledgerline.datasets.sources import SOURCES
from tests.datasets.tables import unbound

_PARAMS: Final = Params(
    (date(2025, 1, 1), date(2025, 2, 1)), date(2025, 2, 9), date(2025, 1, 1)
)  # fmt: skip
ALLOWED: Final = frozenset(
    {
        # tables, and how they are put together
        "Aggregate", "Distinct", "DropColumns", "Field", "Filter", "InMemoryTable", "JoinChain",
        "JoinLink", "JoinReference", "JoinTable", "Project", "ScalarSubquery", "SelfReference",
        "UnboundTable", "Union", "Alias",
        # values: whole numbers, words, days, and whether
        "Abs", "Add", "And", "Cast", "Coalesce", "Equals", "FloorDivide", "Greater", "GreaterEqual",
        "IfElse", "InValues", "IsNull", "Less", "LessEqual", "Literal", "Multiply", "Negate", "Not",
        "NotEquals", "NotNull", "Or", "SearchedCase", "StringConcat", "StringReplace", "Subtract",
        # days
        "DateAdd", "DateDelta", "DateFromYMD", "DateSub", "ExtractMonth", "ExtractYear",
        "IntervalFromInteger",
        # sums over rows, each in an order that is total
        "CountDistinct", "CountStar", "Lag", "Lead", "Max", "Min", "RowNumber", "SortKey", "Sum",
        "WindowBoundary", "WindowFunction",
        # a row for every month
        "IntegerRange", "Unnest",
    }
)  # fmt: skip
"""What is new here has to give the same on every engine first."""
_JOINS: Final = frozenset({"inner", "semi", "anti"})


def _expressions() -> Iterator[tuple[str, Table]]:
    names = [source.name for source in SOURCES] + [node.name for node in nodes()]
    tables = {name: unbound(name) for name in names}
    for node in nodes():
        if not isinstance(node.build, Fold):
            yield node.name, node.build(tables, _PARAMS)
        for check in (*standing(node), *node.checks):
            yield check.name, check.broken(tables, _PARAMS)


def _strangers(expression: Table) -> set[str]:
    """Return what an expression has that engines may understand in different ways."""
    found = set[str]()
    for op in expression.op().find(ops.Node):
        kind = type(op).__name__
        if kind not in ALLOWED:
            found.add(kind)
        if isinstance(op, ops.JoinLink) and op.how not in _JOINS:
            found.add(f"{op.how} join")
        if isinstance(op, ops.Value) and (op.dtype.is_floating() or op.dtype.is_decimal()):
            found.add(str(op.dtype))
    return found


def test_every_expression_is_made_of_what_is_the_same_everywhere() -> None:
    assert {name: found for name, one in _expressions() if (found := _strangers(one))} == {}


def _planted(how: Callable[[Any], Any]) -> set[str]:
    line = unbound("document_line")
    return _strangers(line.select("line_id", found=how(line)))


@pytest.mark.parametrize(
    ("how", "stranger"),
    [
        (lambda line: line.net_minor % 12, "Modulus"),
        (lambda line: line.net_minor / 12, "Divide"),
        (lambda line: line.net_minor.cast("float64"), "float64"),
        (lambda line: line.net_minor.cast("decimal(18, 2)"), "decimal(18, 2)"),
        (lambda line: line.net_minor.sign(), "Sign"),
        (lambda line: line.service_start.truncate("M"), "DateTruncate"),
        (lambda line: ibis.now().date() > line.service_start, "TimestampNow"),
        (lambda line: line.line_id.split(":")[0], "ArrayIndex"),
        (lambda line: line.line_id.re_replace("a", "b"), "RegexReplace"),
    ],
)
def test_what_engines_understand_differently_is_found(
    how: Callable[[Any], Any], stranger: str
) -> None:
    assert stranger in _planted(how)


def test_outer_join_is_found() -> None:
    line, other = unbound("document_line"), unbound("revenue_schedule")
    joined = line.outer_join(other, "line_id").select(net=line.net_minor)
    assert "outer join" in _strangers(joined)
