"""``ledgerline data``: tables for finance and analysts, outside the database.

What computes them is an extra and takes a second to load, so it is loaded by the commands alone.
"""

from datetime import date, datetime
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Final

import typer

from ledgerline.cli import datasets_upkeep as upkeep
from ledgerline.cli import output, program
from ledgerline.cli.program import Program
from ledgerline.cli.release_diff import diff_rows
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.read_closed_release import read_closed_release
from ledgerline.flows.read_release import Published, read_release
from ledgerline.flows.read_two_releases import read_two_releases
from ledgerline.releases.rows import ReleaseRow

app: Final = typer.Typer(no_args_is_help=True)
app.command()(upkeep.close)
app.command()(upkeep.follow)
app.command()(upkeep.sweep)
app.command()(upkeep.adopt)
DOCS: Final = Path("docs/reference/data-sets")
_MONTH: Final[Any] = typer.Argument(formats=["%Y-%m"], help="A month to build again.")


@app.callback()
def data() -> None:
    """Export, build, prove and query the tables that finance and analysts rely on."""


@app.command()
def export(
    context: typer.Context,
    *,
    anew: Annotated[
        bool, typer.Option("--anew", help="Read everything once more, so that old files can go.")
    ] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Read what is new since the last interval into files, and close the interval."""
    of = program.of(context)
    _published(of)
    work = _work()
    with output.progress(as_json=as_json) as tell:
        found = program.wait(work.export(of, tell, anew=anew))
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
def backfill(
    context: typer.Context,
    *,
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m"], help="First month.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m"], help="Last month.")],
    reason: Annotated[str, typer.Option(help="Why; it stands with the releases for ever.")],
    actor: Annotated[str, typer.Option("--as", help="Who.")],
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Build a range of months again, oldest first, and release each before the next is begun.

    Interrupted, the same command goes on behind the last month that was released.
    """
    if first > last:
        raise CommandFailed("the range ends before it begins", hint="--from 2026-01 --to 2026-06")
    of = program.of(context)
    _published(of)
    work = _work()
    asked = work.Range(first.date(), last.date(), reason)
    with output.progress(as_json=as_json) as tell:
        found = program.wait(work.backfill(of, asked, actor=actor, tell=tell))
    output.show(found, as_json=as_json)


@app.command()
def diff(
    context: typer.Context,
    before: Annotated[int, typer.Argument(help="The number of a release.")],
    after: Annotated[int, typer.Argument(help="The number of another, most often a later one.")],
    name: Annotated[str | None, typer.Argument(metavar="[SET]", help="One table.")] = None,
    *,
    rows: Annotated[int, typer.Option(min=0, help="How many rows to show of each kind.")] = 20,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Say what differs between two releases: rows by key, and totals by month.

    Of one table the rows are shown too, each with its cells before and after.
    """
    of = program.of(context)
    two = _two(of, before, after)
    found = _work().diff(of, two, name, rows_max=0 if name is None else rows)
    if as_json:
        output.print_json({"before": before, "after": after, "tables": found})
        return
    for title in ("tables", "totals", "rows"):
        shown = diff_rows(found, title)
        if shown or title == "tables":
            output.show_rows(shown, as_json=False, title=title)


@app.command()
def status(
    context: typer.Context,
    *,
    max_lag: Annotated[
        str | None, typer.Option(help='Exit 3 if the last good run is older, as "2 hours".')
    ] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Say what is exported and released, how runs went, and how large each table is."""
    of = program.of(context)
    longest = None if max_lag is None else upkeep.span(max_lag)
    published = _published(of)
    kept = upkeep.read(of)
    found = {**_work().status(of, published), **upkeep.shown(kept)}
    if as_json:
        output.print_json(found)
    else:
        tables = found.pop("tables")
        runs = found.pop("runs")
        output.show(found, as_json=False)
        output.show_rows(runs, as_json=False, title="last runs")
        output.show_rows(tables, as_json=False, title="tables of the release")
    if longest is not None and (kept.lag is None or kept.lag > longest):
        output.say(f"the data sets are older than {max_lag}")
        raise typer.Exit(output.FOUND_PROBLEMS)


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
    as_of_close: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m"], help="Read what stood when this month was closed."),
    ] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Answer a query over the current release; `data status` lists the tables."""
    of = program.of(context)
    if as_of_close is None:
        released = _published(of).current
    else:
        released = program.wait(_closed(of, as_of_close.date()))
    rows = _work().query(of, released, sql)
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


@app.command()
def docs(
    *,
    out: Annotated[Path, typer.Option(help="The folder of the pages.")] = DOCS,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 3 if a page is not current.")
    ] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Write the documentation of every table: columns, audits, lineage and a worked example."""
    found = _work().docs(out, only_check=check)
    output.show(found, as_json=as_json)
    if found.get("stale"):
        raise typer.Exit(output.FOUND_PROBLEMS)


async def _closed(of: Program, month: date) -> ReleaseRow:
    async with of.open() as running:
        return await read_closed_release(running.run, month=month)


def _published(of: Program) -> Published:
    """Read what there is, before anything heavy is loaded for it."""

    async def read() -> Published:
        async with of.open() as running:
            return await read_release(running.run)

    return program.wait(read())


def _two(of: Program, before: int, after: int) -> tuple[ReleaseRow, ReleaseRow]:
    async def read() -> tuple[ReleaseRow, ReleaseRow]:
        async with of.open() as running:
            return await read_two_releases(running.run, before, after)

    return program.wait(read())


def _work() -> ModuleType:
    return upkeep.heavy("ledgerline.cli.datasets_work")
