"""``ledgerline texts``."""

from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Final

import typer

from ledgerline.catalog.rows import MarketTextRow
from ledgerline.catalog.rules.nodes import CatalogInvalid
from ledgerline.catalog.rules.text_entries import parse_texts
from ledgerline.cli import output, program
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.load_texts import load_texts, preview_texts
from ledgerline.flows.read_texts import read_texts

app: Final = typer.Typer(no_args_is_help=True)
EXAMPLE_FILE: Final = files("ledgerline.catalog").joinpath("texts.yaml")


@app.callback()
def texts() -> None:
    """Publish what buyers are told and have to confirm at a checkout, and read it."""


@app.command()
def load(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="A file of texts.")] = None,
    *,
    example: Annotated[bool, typer.Option("--example", help="Those of the demo.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say it and write nothing.")] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Publish the versions that are new; a version that is published keeps its words.

    A live environment takes no text that nobody reviewed.
    """
    if example == (file is not None):
        raise CommandFailed("name a file, or --example", hint="`ledgerline texts load FILE`")
    source: Traversable | Path = EXAMPLE_FILE if file is None else file
    of = program.of(context)
    new = program.wait(_load(of, _text(source), name=source.name, dry_run=dry_run))
    output.show_rows([_shown(one) for one in new], as_json=as_json)
    output.say(f"{len(new)} {'would be' if dry_run else 'are'} published")


@app.command()
def show(
    context: typer.Context,
    market: Annotated[str, typer.Argument(metavar="MARKET", help="Such as DE.")],
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Show every version of the texts of a market."""
    found = program.wait(_read(program.of(context), market))
    if not found and not as_json:
        raise CommandFailed(f"{market} has no texts", hint="`ledgerline texts load FILE`")
    output.show_rows([_shown(one) for one in found], as_json=as_json)


def _text(source: Traversable | Path) -> str:
    try:
        return source.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{source}: {error}", hint="a readable UTF-8 file") from error


async def _load(of: Program, text: str, *, name: str, dry_run: bool) -> Sequence[MarketTextRow]:
    async with of.open() as running:
        run = await running.run.at_clock()
        try:
            parsed = parse_texts(text, loaded_at=run.now())
        except CatalogInvalid as refusal:
            raise CommandFailed(f"{name}: {_mistakes(refusal)}", hint="mend it") from refusal
        return await (preview_texts if dry_run else load_texts)(run, parsed)


async def _read(of: Program, market: str) -> Sequence[MarketTextRow]:
    async with of.open() as running:
        return await read_texts(running.run, market)


def _mistakes(refusal: CatalogInvalid) -> str:
    errors = refusal.facts["errors"]
    assert isinstance(errors, list), errors
    return "; ".join(f"line {one['line']}, {one['key']}: {one['message']}" for one in errors)


def _shown(row: MarketTextRow) -> dict[str, object]:
    return {
        "market": row.market_code, "kind": row.kind, "language": row.language,
        "version": row.version, "valid_from": row.valid_from.isoformat(),
        "is_reviewed": row.is_reviewed, "text": row.body,
    }  # fmt: skip
