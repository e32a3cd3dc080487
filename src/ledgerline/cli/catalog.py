"""``ledgerline catalog``."""

from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ledgerline.catalog.rules.nodes import CatalogInvalid
from ledgerline.catalog.rules.parse import parse
from ledgerline.catalog.rules.publish import CatalogRefused
from ledgerline.cli import output, program
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.load_catalog import Loaded, load_catalog

app: Final = typer.Typer(no_args_is_help=True)


@app.callback()
def catalog() -> None:
    """Load plans, prices, markets and tax rates."""


@app.command()
def load(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="Default: the shipped catalog.")] = None,
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Load a catalog; every mistake is named with its line and key, and then nothing is loaded."""
    loaded = program.wait(_load(program.of(context), file))
    output.show(loaded._asdict(), as_json=as_json)


async def _load(of: Program, file: Path | None) -> Loaded:
    source = files("ledgerline.catalog").joinpath("music.yaml") if file is None else file
    try:
        text = source.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{source}: {error}", hint="a readable UTF-8 file") from error
    try:
        parsed = parse(text)
        async with of.open() as running:
            return await load_catalog(await running.run.at_clock(), parsed)
    except CatalogInvalid as refusal:
        raise _refused(source.name, _facts(refusal.facts["errors"])) from refusal
    except CatalogRefused as refusal:
        raise _refused(source.name, _facts(refusal.facts["findings"])) from refusal


def _facts(found: object) -> Iterable[Mapping[str, Any]]:
    assert isinstance(found, list | tuple), found
    return found


def _refused(name: str, errors: Iterable[Mapping[str, Any]]) -> CommandFailed:
    lines = [
        f"  {name}:{one.get('line', '')}: {one.get('key', '')}: {one.get('message', '')}"
        for one in errors
    ]
    return CommandFailed(
        "\n".join([f"{len(lines)} mistakes, nothing was loaded", *lines]),
        hint="mend the lines above and load again",
    )
