"""``ledgerline ml train``: a table of retry timing, by the log of the current release."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from ledgerline.cli import output, program
from ledgerline.cli.datasets_upkeep import heavy
from ledgerline.cli.program import Program
from ledgerline.flows.read_release import read_release
from ledgerline.releases.rows import ReleaseRow

_WORK: Final = "ledgerline.cli.ml_train_work"


class Trainable(StrEnum):
    """What can be trained: routing learns by itself."""

    RETRY = "retry"


def train(
    context: typer.Context,
    model: Annotated[Trainable, typer.Argument(help="retry: when refused payments are tried.")],
    out: Annotated[Path, typer.Argument(help="Where the artefact is written.")],
    *,
    seller: Annotated[str | None, typer.Option(help="Whose payments; all unless given.")] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Train by the log of the current release; `ledgerline ml load` takes what is written.

    The same release gives the same file. Refused where the log has too few tries.
    """
    del model  # there is one
    of = program.of(context)
    released = program.wait(_released(of))
    found = heavy(_WORK).train_retry(of, released, out, seller=seller)
    output.show(found, as_json=as_json)


async def _released(of: Program) -> ReleaseRow:
    async with of.open() as running:
        return (await read_release(running.run)).current
