"""Worked examples of the generated pages come to what they say."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest

from ledgerline.datasets.example import Rows, example_of
from ledgerline.datasets.nodes import nodes
from tests.datasets.tables import Row, built, months_between, schema_of

EXAMPLES = {node.name: found for node in nodes() if (found := example_of(node.name)) is not None}


def rows_of(table: str, given: Rows) -> list[dict[str, Any]]:
    """Return rows as a source has them: empty text in a column of no text is an empty value."""
    texts = {field.name for field in schema_of(table) if field.type == pa.string()}
    return [
        {name: None if value == "" and name not in texts else value for name, value in row.items()}
        for row in given.each()
    ]


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_worked_example(name: str) -> None:
    example = EXAMPLES[name]
    tables: dict[str, Sequence[Row]] = {
        table: rows_of(table, given) for table, given in example.given.items()
    }
    for each in (*example.builds, name):
        tables[each] = built(
            each, tables, months=months_between(*example.months), today=example.today,
            recognised=example.recognised,
        )  # fmt: skip
    assert example.shown(tables[name]) == [list(row) for row in example.expected.rows]


def test_most_data_sets_have_an_example() -> None:
    assert len(EXAMPLES) >= 13
