"""Worked examples: a few rows that a data set is built of, and what they come to.

They are files of ``examples``. Each is shown on the page of its data set, and built as a test.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from importlib.resources import files
from typing import Any, Final

import msgspec
from msgspec import Struct

_HERE: Final = "ledgerline.datasets"


class Rows(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows of one table: what each holds, and what is the ``same`` in all of them."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    same: Mapping[str, Any] = {}

    def each(self) -> Iterator[dict[str, Any]]:
        """Give the rows; text without a letter is an empty value where the column is no text."""
        for row in self.rows:
            yield {**self.same, **dict(zip(self.columns, row, strict=True))}


class Example(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is ``given``, and which rows are ``expected``, of the columns that are named.

    ``builds`` are tables that are built of what is given before the data set itself, in order.
    ``where`` narrows what is shown to some values of a column.
    """

    says: str
    months: tuple[date, date]
    given: Mapping[str, Rows]
    expected: Rows
    today: date = date(2030, 1, 1)
    recognised: date | None = None
    builds: Sequence[str] = ()
    where: Mapping[str, Sequence[Any]] = {}

    def shown(self, built: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
        """Return what is shown of rows that were built, in order; what is empty is text of none."""
        return [
            ["" if row[name] is None else row[name] for name in self.expected.columns]
            for row in built
            if all(row[column] in values for column, values in self.where.items())
        ]


def example_of(name: str) -> Example | None:
    """Read the worked example of a data set; None where it has none."""
    path = files(_HERE).joinpath("examples", f"{name}.toml")
    if not path.is_file():
        return None
    return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Example)
