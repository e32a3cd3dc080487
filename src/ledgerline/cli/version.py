"""``ledgerline version``."""

import platform
from importlib.metadata import version as installed
from typing import Annotated, Final

import typer

from ledgerline.cli import output

app: Final = typer.Typer()


@app.command()
def version(*, as_json: Annotated[bool, output.JSON] = False) -> None:
    """Say which version this is."""
    found = {"ledgerline": installed("ledgerline"), "python": platform.python_version()}
    output.show(found, as_json=as_json)
