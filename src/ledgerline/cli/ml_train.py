"""``ledgerline ml train``: what can be learned from the current release, as a file."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ledgerline.cli import ml_fees, output, program
from ledgerline.cli.datasets_upkeep import heavy
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.check_seller import check_seller
from ledgerline.flows.read_release import read_release
from ledgerline.releases.rows import ReleaseRow

_WORK: Final = "ledgerline.cli.ml_train_work"
_FEES: Final = "ledgerline.cli.ml_fees_work"


class Trainable(StrEnum):
    """What can be trained: routing learns by itself."""

    RETRY = "retry"
    CHURN = "churn"
    FEES = "fees"


_MODEL: Final[Any] = typer.Argument(
    help="retry: when refused payments are tried; churn: who will leave; fees: what providers keep."
)


def train(
    context: typer.Context,
    model: Annotated[Trainable, _MODEL],
    out: Annotated[Path, typer.Argument(help="Where the artefact is written.")],
    *,
    seller: Annotated[str | None, typer.Option(help="Whose customers; all unless given.")] = None,
    propose: Annotated[
        Path | None,
        typer.Option(
            help="fees: where routing rules with these fees are written, to be looked at."
        ),
    ] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Train by the current release; the same release gives the same file.

    `ledgerline ml load` takes a table of retry timing; `ledgerline ml score` and `ledgerline ml
    card churn` read who will leave, which decides nothing. Nothing takes fees from what is learned:
    `--propose` writes rules that a person may load. Refused where the release has too few tries,
    lines, or too few who left.
    """
    of = program.of(context)
    if propose is not None and model is not Trainable.FEES:
        raise CommandFailed("only fees are proposed", hint="`ledgerline ml train fees`")
    if model is Trainable.FEES:
        known = program.wait(ml_fees.known(of, seller))
        found = heavy(_FEES).train_fees(of, known, out, seller=seller, propose=propose)
        output.show(found, as_json=as_json)
        return
    released, simulated = program.wait(released_of(of, seller))
    work = heavy(_WORK)
    if model is Trainable.CHURN:
        found = work.train_churn(of, released, out, seller=seller, simulated=simulated)
    else:
        found = work.train_retry(of, released, out, seller=seller, simulated=simulated)
    output.show(found, as_json=as_json)


async def released_of(of: Program, seller: str | None = None) -> tuple[ReleaseRow, bool]:
    """Read the current release, and whether what it holds is of a sandbox.

    Raises ``UnknownSeller`` where a seller is asked about that there is not.
    """
    async with of.open() as running:
        await check_seller(running.run, seller)
        found = await read_release(running.run)
        environment = await running.run.environment()
    return found.current, environment.kind == "sandbox"
