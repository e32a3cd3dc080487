"""``ledgerline psp-simulator``."""

import os
import sys
from typing import Annotated, Final

import typer

from ledgerline.base.conninfo import spot_of
from ledgerline.cli import program, simulator
from ledgerline.cli.program import Program

app: Final = typer.Typer()


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def psp_simulator(
    context: typer.Context,
    arguments: Annotated[
        list[str] | None,
        typer.Argument(help="As for `python -m pspsim`; none: that of the sandbox made from here."),
    ] = None,
) -> None:
    """Become the provider simulator, so that signals and the exit status are its own."""
    given = arguments or _of_sandbox(program.of(context)) or ["--help"]
    sys.stdout.flush()
    command = simulator.command(*given)
    os.execv(command[0], command)  # noqa: S606 - our own module, no shell


def _of_sandbox(of: Program) -> list[str]:
    url = of.named_database()
    return [] if url is None else of.place.simulator_arguments(spot_of(url))
