"""``ledgerline psp-simulator``."""

import subprocess
from typing import Annotated, Final

import typer

from ledgerline.cli import simulator

app: Final = typer.Typer()


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def psp_simulator(
    arguments: Annotated[
        list[str] | None, typer.Argument(help="As for `python -m pspsim`.")
    ] = None,
) -> None:
    """Start the provider simulator with the arguments given, as `python -m pspsim` would."""
    done = subprocess.run(simulator.command(*(arguments or ["--help"])), check=False)  # noqa: S603 - our own module
    raise typer.Exit(done.returncode)
