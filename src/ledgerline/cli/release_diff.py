"""How a comparison of two releases is printed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Shown = dict[str, Any]


def diff_rows(found: Sequence[Mapping[str, Any]], title: str) -> list[Shown]:
    """Return one of the three lists that are printed: tables, totals or rows."""
    match title:
        case "tables":
            return [
                {name: one[name] for name in ("table", "added", "removed", "changed", "why")}
                for one in found
            ]
        case "totals":
            return [{"table": one["table"], **total} for one in found for total in one["totals"]]
        case _:
            return [line for one in found for row in one["rows"] for line in _lines(row)]


def _lines(row: Mapping[str, Any]) -> Iterator[Shown]:
    """Give a line a cell; the key stands in each, so that lines can be searched."""
    key = "  ".join(str(part) for part in row["key"].values())
    for column, (before, after) in row["cells"].items():
        yield {"row": row["kind"], "key": key, "column": column, "before": before, "after": after}
