"""How commands speak: a value as JSON or as a table on stdout, everything else on stderr."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from ledgerline.cli.settings import CommandFailed

JSON: Final[Any] = typer.Option("--json", help="Print JSON.")
YES: Final[Any] = typer.Option("--yes", "-y", help="Do not ask.")
FOUND_PROBLEMS: Final = 3
PIPE_COLUMNS: Final = 160


def console() -> Console:
    """Return where tables go; a pipe or a file has no width that would fold amounts."""
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else PIPE_COLUMNS)


def show(value: Mapping[str, object], *, as_json: bool) -> None:
    """Print one object: JSON on one line, or a name and a value a line."""
    if as_json:
        print_json(value)
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, part in value.items():
        table.add_row(name.replace("_", " "), cell(part))
    console().print(table)


def show_rows(
    rows: Sequence[Mapping[str, object]], *, as_json: bool, title: str | None = None
) -> None:
    """Print rows of equal keys: one JSON object, or a table."""
    if as_json:
        print_json({"data": list(rows)})
        return
    if not rows:
        console().print(f"{title}: nothing" if title else "nothing")
        return
    console().print(table_of(rows, title=title))


def table_of(rows: Sequence[Mapping[str, object]], *, title: str | None = None) -> Table:
    """Lay rows of equal keys out as a table; numbers go to the right."""
    table = Table(title=title, box=None, pad_edge=False, title_justify="left", header_style="bold")
    for name, sample in rows[0].items():
        numeric = isinstance(sample, int | Decimal) and not isinstance(sample, bool)
        table.add_column(
            name.replace("_", " "), justify="right" if numeric else "left", overflow="fold"
        )
    for row in rows:
        table.add_row(*(cell(value) for value in row.values()))
    return table


def cell(value: object) -> str:
    """Turn a value into what a table shows."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case Mapping():
            return "  ".join(f"{name} {cell(part)}" for name, part in value.items())
        case _:
            return _text(value)


def print_json(value: object) -> None:
    """Print one JSON value on one line."""
    sys.stdout.write(json.dumps(value, default=_text, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def say(line: str) -> None:
    """Tell the person at the terminal how it goes; never part of the result."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def confirm(question: str, *, yes: bool) -> None:
    """Ask before money moves; without a terminal ``--yes`` is required."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise CommandFailed(f"{question} Nobody is there to answer.", hint="the same with --yes")
    if not typer.confirm(question, err=True):
        raise typer.Exit(1)


def _text(value: object) -> str:
    match value:
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case UUID() | Decimal():
            return str(value)
        case _:
            return str(value)
