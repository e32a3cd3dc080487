"""What a benchmark says: a value, its limit, and the ratio of the two."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

LATEST = Path(__file__).parent / "results" / "latest.json"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure; ``ratio`` compares it with ``limit`` as the note says, None without."""

    name: str
    value: float
    unit: str
    limit: float | None
    ratio: float | None
    note: str


def show(figures: Sequence[Figure]) -> None:
    """Print a table and merge the figures into ``results/latest.json`` by name."""
    table = Table("benchmark", "value", "unit", "limit", "ratio", "note", title="ledgerline bench")
    for figure in figures:
        table.add_row(
            figure.name,
            f"{figure.value:,.2f}",
            figure.unit,
            "" if figure.limit is None else f"{figure.limit:,.2f}",
            "" if figure.ratio is None else f"{figure.ratio:.2f}",
            figure.note,
        )
    Console().print(table)
    known = {row["name"]: row for row in json.loads(LATEST.read_text())} if LATEST.exists() else {}
    known |= {figure.name: asdict(figure) for figure in figures}
    LATEST.parent.mkdir(exist_ok=True)
    LATEST.write_text(json.dumps(list(known.values()), indent=1) + "\n")
