"""``ledgerline ml train``: what can be learned from the current release, as a file."""

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
    CHURN = "churn"


def train(
    context: typer.Context,
    model: Annotated[
        Trainable,
        typer.Argument(help="retry: when refused payments are tried; churn: who will leave."),
    ],
    out: Annotated[Path, typer.Argument(help="Where the artefact is written.")],
    *,
    seller: Annotated[str | None, typer.Option(help="Whose customers; all unless given.")] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Train by the current release; the same release gives the same file.

    `ledgerline ml load` takes a table of retry timing; `ledgerline ml score` and `ledgerline ml
    card churn` read who will leave, which decides nothing. Refused where the release has too few
    tries, or too few who left.
    """
    of = program.of(context)
    released, simulated = program.wait(released_of(of))
    work = heavy(_WORK)
    if model is Trainable.CHURN:
        found = work.train_churn(of, released, out, seller=seller, simulated=simulated)
        output.show(found, as_json=as_json)
        return
    output.show(work.train_retry(of, released, out, seller=seller), as_json=as_json)


async def released_of(of: Program) -> tuple[ReleaseRow, bool]:
    """Read the current release, and whether what it holds is of a sandbox."""
    async with of.open() as running:
        found = await read_release(running.run)
        environment = await running.run.environment()
    return found.current, environment.kind == "sandbox"
