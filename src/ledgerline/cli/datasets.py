"""``ledgerline data``: tables for finance and analysts, outside the database.

What computes them is an extra and takes a second to load, so it is loaded by the commands alone.
"""

import importlib
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Final

import typer

from ledgerline.cli import output, program
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.read_release import Published, read_release

app: Final = typer.Typer(no_args_is_help=True)
_MONTH: Final[Any] = typer.Argument(formats=["%Y-%m"], help="A month to build again.")


@app.callback()
def data() -> None:
    """Export, build, prove and query the tables that finance and analysts rely on."""


@app.command()
def export(context: typer.Context, *, as_json: Annotated[bool, output.JSON] = False) -> None:
    """Read what is new since the last interval into files, and close the interval."""
    of = program.of(context)
    _published(of)
    work = _work()
    with output.progress(as_json=as_json) as tell:
        found = program.wait(work.export(of, tell))
    output.show(found, as_json=as_json)


@app.command()
def run(context: typer.Context, *, as_json: Annotated[bool, output.JSON] = False) -> None:
    """Export, build the months that changed, audit them, and release all tables together.

    Nothing is released when an audit that must hold does not: the current release stays.
    """
    of = program.of(context)
    _published(of)
    work = _work()
    with output.progress(as_json=as_json) as tell:
        found = program.wait(work.run(of, tell))
    output.show(found, as_json=as_json)


@app.command()
def restate(
    context: typer.Context,
    months: Annotated[list[datetime], _MONTH],
    *,
    reason: Annotated[str, typer.Option(help="Why; it stands with the release for ever.")],
    actor: Annotated[str, typer.Option("--as", help="Who.")],
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Build months again and release them with a reason; the release before stays readable."""
    of = program.of(context)
    _published(of)
    work = _work()
    asked = [month.date() for month in months]
    with output.progress(as_json=as_json) as tell:
        found = program.wait(work.restate(of, asked, reason=reason, actor=actor, tell=tell))
    output.show(found, as_json=as_json)


@app.command()
def status(context: typer.Context, *, as_json: Annotated[bool, output.JSON] = False) -> None:
    """Say what is exported and released, and how large each table of the release is."""
    of = program.of(context)
    published = _published(of)
    found = _work().status(of, published)
    if as_json:
        output.print_json(found)
        return
    tables = found.pop("tables")
    output.show(found, as_json=False)
    output.show_rows(tables, as_json=False, title="tables of the release")


@app.command()
def audit(context: typer.Context, *, as_json: Annotated[bool, output.JSON] = False) -> None:
    """Prove the files of all intervals and every audit of the release; exit 3 if one fails."""
    of = program.of(context)
    published = _published(of)
    with output.progress(as_json=as_json) as tell:
        found = _work().audit(of, published, tell)
    output.show_rows(found, as_json=as_json, title="audits")
    if any(one["broken"] for one in found):
        raise typer.Exit(output.FOUND_PROBLEMS)


@app.command()
def query(
    context: typer.Context,
    sql: Annotated[str, typer.Argument(help="A SELECT over the tables of the release (DuckDB).")],
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Answer a query over the current release; `data status` lists the tables."""
    of = program.of(context)
    published = _published(of)
    rows = _work().query(of, published, sql)
    output.show_rows(rows, as_json=as_json, title="")


@app.command()
def report(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[SET]...", help="Default: every data set.")
    ] = None,
    *,
    out: Annotated[
        Path | None, typer.Option(help="The folder; an earlier report in it is replaced.")
    ] = None,
    locale: Annotated[str, typer.Option(help="How amounts and days are written.")] = "en",
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Write pages of the release that a browser opens from disk, with whole tables beside them."""
    of = program.of(context)
    published = _published(of)
    work = _work()
    with output.progress(as_json=as_json) as tell:
        found = work.report(of, published, names or [], out=out, locale=locale, tell=tell)
    output.show(found, as_json=as_json)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A table, as `data status` lists them.")],
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Say what a table is for, what a row of it is, and what each column means."""
    found = _work().show(name)
    columns = found.pop("columns")
    if as_json:
        output.print_json({**found, "columns": columns})
        return
    output.show(found, as_json=False)
    output.show_rows(columns, as_json=False, title="columns")


def _published(of: Program) -> Published:
    """Read what there is, before anything heavy is loaded for it."""

    async def read() -> Published:
        async with of.open() as running:
            return await read_release(running.run)

    return program.wait(read())


def _work() -> ModuleType:
    try:
        return importlib.import_module("ledgerline.cli.datasets_work")
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.startswith("ledgerline"):
            raise
        raise CommandFailed(
            f"the data sets need {missing.name}, which is not installed",
            hint='pip install "ledgerline[data]"',
        ) from missing
