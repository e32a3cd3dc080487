"""``ledgerline catalog``."""

import sys
from collections.abc import Iterable, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ledgerline.catalog.model import Catalog
from ledgerline.catalog.rules.findings import CatalogRefused, Severity
from ledgerline.catalog.rules.listing import ListedPlan, listing
from ledgerline.catalog.rules.nodes import CatalogInvalid
from ledgerline.catalog.rules.parse import parse
from ledgerline.catalog.rules.revision import Revision
from ledgerline.cli import catalog_report, output, program
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.diff_catalog import diff_catalog
from ledgerline.flows.load_catalog import load_catalog
from ledgerline.flows.read_catalog import read_catalog

app: Final = typer.Typer(no_args_is_help=True)
FILE: Final[Any] = typer.Argument(help="A catalog; docs/how-to/add-a-discount.md shows its form.")
EXAMPLE: Final[Any] = typer.Option("--example", help="The invented catalog of the demo.")
EXAMPLE_FILE: Final = files("ledgerline.catalog").joinpath("music.yaml")


@app.callback()
def catalog() -> None:
    """Publish plans, prices, markets and tax rates, and read what is published."""


@app.command()
def load(
    context: typer.Context,
    file: Annotated[Path | None, FILE] = None,
    *,
    example: Annotated[bool, EXAMPLE] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Publish a catalog and say what changed; every mistake is named with its line and key.

    Nothing is loaded if there is one, or if a line edits what bills rest on.
    """
    source = _source(file, example=example)
    done = program.wait(_load(program.of(context), source, example=example))
    catalog_report.show_revision(done, name=source.name, as_json=as_json)


@app.command()
def diff(
    context: typer.Context,
    file: Annotated[Path | None, FILE] = None,
    *,
    example: Annotated[bool, EXAMPLE] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Say what `load` would change, and write nothing; exit status 3 if it would refuse."""
    source = _source(file, example=example)
    found = program.wait(_diff(program.of(context), source))
    catalog_report.show_revision(found, name=source.name, as_json=as_json)
    if any(finding.severity is Severity.ERROR for finding in found.findings):
        raise typer.Exit(output.FOUND_PROBLEMS)


@app.command("example")
def print_example() -> None:
    """Print the invented catalog, to begin a file of one's own with."""
    sys.stdout.write(EXAMPLE_FILE.read_text("utf-8"))


@app.command()
def show(
    context: typer.Context,
    plan: Annotated[str | None, typer.Argument(help="A plan's code. Default: all plans.")] = None,
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Show what is published: plans with phases and add-ons, prices in force today and coming."""
    listed = program.wait(_listing(program.of(context)))
    if not listed and not as_json:
        raise CommandFailed("nothing is published", hint="`ledgerline catalog load FILE`")
    chosen = [one for one in listed if plan in {None, one.plan.code}]
    if plan is not None and not chosen:
        known = ", ".join(one.plan.code for one in listed) or "none is published"
        raise CommandFailed(f"there is no plan {plan}", hint=f"one of these: {known}")
    catalog_report.show_plans(chosen, as_json=as_json)


def _source(file: Path | None, *, example: bool) -> Traversable | Path:
    if example == (file is not None):
        what = "a file and the example are named" if example else "no catalog file is named"
        raise CommandFailed(
            what,
            hint="`ledgerline catalog load FILE`; `ledgerline catalog example` prints one to begin "
            "with, which a sandbox loads with --example",
        )
    return EXAMPLE_FILE if file is None else file


def _read(source: Traversable | Path) -> Catalog:
    try:
        return parse(source.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{source}: {error}", hint="a readable UTF-8 file") from error
    except CatalogInvalid as refusal:
        raise _refused(source.name, _facts(refusal.facts["errors"])) from refusal


async def _load(of: Program, source: Traversable | Path, *, example: bool) -> Revision:
    parsed = _read(source)
    try:
        async with of.open() as running:
            if example and (await running.run.environment()).kind == "live":
                raise CommandFailed(
                    "this is a live environment, and the example is invented",
                    hint="`ledgerline catalog load FILE` with a catalog of your own",
                )
            return await load_catalog(await running.run.at_clock(), parsed)
    except CatalogRefused as refusal:
        raise _refused(source.name, _facts(refusal.facts["findings"])) from refusal


async def _diff(of: Program, source: Traversable | Path) -> Revision:
    parsed = _read(source)
    async with of.open() as running:
        return await diff_catalog(await running.run.at_clock(), parsed)


async def _listing(of: Program) -> tuple[ListedPlan, ...]:
    async with of.open() as running:
        run = await running.run.at_clock()
        return listing(await read_catalog(run), now=run.now())


def _facts(found: object) -> Iterable[Mapping[str, Any]]:
    assert isinstance(found, list | tuple), found
    return found


def _refused(name: str, errors: Iterable[Mapping[str, Any]]) -> CommandFailed:
    lines = [
        f"  {name}:{one.get('line', '')}: {one.get('key', '')}: {one.get('message', '')}"
        for one in errors
    ]
    mistakes = f"{len(lines)} mistake{'s' if len(lines) > 1 else ''}"
    return CommandFailed(
        "\n".join([f"{mistakes}, nothing was loaded", *lines]),
        hint="mend the lines above and load again",
    )
