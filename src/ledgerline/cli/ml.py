"""``ledgerline ml``."""

import getpass
from typing import Annotated, Final

import typer

from ledgerline.cli import output, program
from ledgerline.cli.program import Program
from ledgerline.flows.read_models import Models, read_models
from ledgerline.flows.switch_model import switch_model
from ledgerline.payments.rows.learning import SwitchRow
from ledgerline.payments.scores import PERCENTS, Mode, Switch

app: Final = typer.Typer(no_args_is_help=True)
EXPLORE_BELOW_MINOR: Final = 50_000


@app.callback()
def ml() -> None:
    """Say how far models may decide, and look at what they know."""


@app.command()
def switch(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    mode: Annotated[Mode, typer.Argument(help="How far the model of routing may decide.")],
    *,
    seller: Annotated[str, typer.Option(help="Whose charges.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    percent: Annotated[
        int | None, typer.Option(help="Of how many customers, for a canary: 1, 5 or 25.")
    ] = None,
    explore_below: Annotated[
        int, typer.Option(min=0, help="Amounts (minor units) from which nothing is tried out.")
    ] = EXPLORE_BELOW_MINOR,
    by: Annotated[
        str | None, typer.Option("--as", help="Who decides; your login unless given.")
    ] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Let a model decide from now on: off, shadow, canary or on (95 %). Every change is kept."""
    share = PERCENTS[mode][0] if percent is None else percent
    row = program.wait(
        _switch(
            program.of(context),
            seller,
            Switch(mode, share, explore_below),
            changed_by=by or getpass.getuser(),
            reason=reason,
        )
    )
    output.show(_shown(row), as_json=as_json)


@app.command()
def show(context: typer.Context, *, as_json: Annotated[bool, output.JSON] = False) -> None:
    """Show how far models may decide, how fresh they are, and where they were not believed."""
    found = program.wait(_show(program.of(context)))
    switches = [_shown(row) for row in found.switches]
    router = None if found.router is None else found.router._asdict()
    faults = [row._asdict() for row in found.faults]
    if as_json:
        output.print_json({"switches": switches, "counted": router, "not_believed": faults})
        return
    output.show_rows(switches, as_json=False, title="switches")
    output.show_rows([] if router is None else [router], as_json=False, title="\ncounted")
    output.show_rows(faults, as_json=False, title="\nnot believed")


def _shown(row: SwitchRow) -> dict[str, object]:
    return dict(row._asdict())


async def _switch(
    of: Program, seller: str, to: Switch, *, changed_by: str, reason: str
) -> SwitchRow:
    async with of.open() as running:
        here = await running.run.at_clock()
        return await switch_model(here, seller, to, changed_by=changed_by, reason=reason)


async def _show(of: Program) -> Models:
    async with of.open() as running:
        return await read_models(running.run)
