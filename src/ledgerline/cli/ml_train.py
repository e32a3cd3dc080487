"""``ledgerline ml train``: by the current release, a table of retry timing or contracts of fees."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ledgerline.cli import ml_fees, output, program
from ledgerline.cli.datasets_upkeep import heavy
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.read_release import read_release
from ledgerline.releases.rows import ReleaseRow

_WORK: Final = "ledgerline.cli.ml_train_work"
_FEES: Final = "ledgerline.cli.ml_fees_work"


class Trainable(StrEnum):
    """What can be trained: routing learns by itself."""

    RETRY = "retry"
    FEES = "fees"


_MODEL: Final[Any] = typer.Argument(
    help="retry: when refused payments are tried; fees: what providers keep of charges."
)


def train(
    context: typer.Context,
    model: Annotated[Trainable, _MODEL],
    out: Annotated[Path, typer.Argument(help="Where the artefact is written.")],
    *,
    seller: Annotated[str | None, typer.Option(help="Whose payments; all unless given.")] = None,
    propose: Annotated[
        Path | None,
        typer.Option(
            help="fees: where routing rules with these fees are written, to be looked at."
        ),
    ] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Train by the current release: of `retry` `ledgerline ml load` takes what is written.

    The same release gives the same file. Refused where it has too few tries, or lines. Nothing
    takes fees from what is learned: `--propose` writes rules that a person may load.
    """
    of = program.of(context)
    if model is Trainable.FEES:
        known, work = program.wait(ml_fees.known(of)), heavy(_FEES)
        found = work.train_fees(of, known, out, seller=seller, propose=propose)
        output.show(found, as_json=as_json)
        return
    if propose is not None:
        raise CommandFailed("only fees are proposed", hint="`ledgerline ml train fees`")
    released = program.wait(_released(of))
    found = heavy(_WORK).train_retry(of, released, out, seller=seller)
    output.show(found, as_json=as_json)


async def _released(of: Program) -> ReleaseRow:
    async with of.open() as running:
        return (await read_release(running.run)).current
