"""How commands speak: a value as JSON or as a table on stdout, everything else on stderr."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from itertools import takewhile
from typing import Any, Final
from uuid import UUID

import typer
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from ledgerline.cli.invocation import runnable
from ledgerline.cli.settings import CommandFailed

JSON: Final[Any] = typer.Option("--json", help="Print JSON.")
YES: Final[Any] = typer.Option("--yes", "-y", help="Do not ask.")
FOUND_PROBLEMS: Final = 3
PIPE_COLUMNS: Final = 160
WIDTH_MAX: Final = 10_000
_GAP: Final = 2  # between columns


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
    print_table(rows, title=title, to=console())


def print_table(rows: Sequence[Mapping[str, object]], *, title: str | None, to: Console) -> None:
    """Print rows of equal keys as a table; numbers go to the right.

    Columns of numbers that do not fit follow in further tables below, each with the texts that
    its rows begin with: a number broken over two lines is read wrongly. Where not even headings
    fit side by side, each row is a block of lines.
    """
    names = list(rows[0])
    heads = list(takewhile(lambda name: not _is_number(rows[0][name]), names))
    shown = list(names)
    if not all(_is_number(rows[0][name]) for name in names[len(heads) :]):
        if sum(len(name) + _GAP for name in names) > to.width:
            _print_blocks(rows, title=title, to=to)
            return
    else:
        while len(shown) > len(heads) + 1 and _width(_table(rows, shown, title), to) > to.width:
            shown.pop()
    to.print(_table(rows, shown, title))
    if len(shown) < len(names):
        left = heads + names[len(shown) :]
        print_table([{name: row[name] for name in left} for row in rows], title="", to=to)


def _print_blocks(rows: Sequence[Mapping[str, object]], *, title: str | None, to: Console) -> None:
    """Print a name and a value a line, row by row, without what a row does not have."""
    for no, row in enumerate(rows):
        block = Table(
            title=title if no == 0 else "", box=None, show_header=False, pad_edge=False,
            title_justify="left",
        )  # fmt: skip
        for name, part in row.items():
            if part not in (None, [], ""):
                block.add_row(name.replace("_", " "), cell(part))
        to.print(*([""] if no else []), block, sep="\n")


def _table(rows: Sequence[Mapping[str, object]], names: Sequence[str], title: str | None) -> Table:
    table = Table(title=title, box=None, pad_edge=False, title_justify="left", header_style="bold")
    for name in names:
        table.add_column(
            name.replace("_", " "), justify="right" if _is_number(rows[0][name]) else "left",
            overflow="fold",
        )  # fmt: skip
    for row in rows:
        table.add_row(*(cell(row[name]) for name in names))
    return table


def _width(table: Table, on: Console) -> int:
    """Measure what a table would take if nothing stood in its way."""
    free = on.options.update(width=WIDTH_MAX)
    return Measurement.get(on, free, table).maximum


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def cell(value: object) -> str:
    """Turn a value into what a table shows."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case list():
            return " ".join(cell(part) for part in value)
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
    sys.stderr.write(runnable(line) + "\n")
    sys.stderr.flush()


@contextmanager
def progress(*, as_json: bool) -> Iterator[Callable[[str], None]]:
    """Give what shows how far long work has come, on one line that is gone when the work is done.

    Only a person sees it: not beside JSON, and not where output goes to a pipe or a file.
    """
    if as_json or not (sys.stdout.isatty() and sys.stderr.isatty()):
        yield lambda _: None
        return
    with Console(stderr=True).status("") as status:
        yield lambda line: status.update(escape(line))


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
