"""``ledgerline ml score``: how likely who renews within a week leaves, and why it is thought."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from ledgerline.cli import output, program
from ledgerline.cli.datasets_upkeep import heavy
from ledgerline.cli.ml_files import text_of
from ledgerline.cli.ml_train import released_of

_WORK: Final = "ledgerline.cli.ml_churn_work"


class Scorable(StrEnum):
    """What there are scores of."""

    CHURN = "churn"


def score(
    context: typer.Context,
    model: Annotated[Scorable, typer.Argument(help="churn: who will leave.")],
    file: Annotated[Path, typer.Argument(help="What `ledgerline ml train churn` wrote.")],
    *,
    out: Annotated[Path | None, typer.Option(help="Write them to this file as CSV.")] = None,
    seller: Annotated[str | None, typer.Option(help="Whose customers; all unless given.")] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Say how likely who renews within a week after the current release leaves, in millionths.

    It decides nothing: nobody is made an offer, charged or left alone by it.
    """
    del model  # there is one
    of = program.of(context)
    text = text_of(file, wrote="train churn")
    released, simulated = program.wait(released_of(of, seller))
    found = heavy(_WORK).score(of, released, text, seller=seller, simulated=simulated)
    if out is not None:
        heavy(_WORK).write_csv(found["scores"], out)
        found = {**found, "scores": len(found["scores"]), "file": str(out)}
    if as_json or out is not None:
        output.show(found, as_json=as_json)
        return
    scores = found.pop("scores")
    output.show(found, as_json=False)
    output.show_rows(scores, as_json=False, title="\nwho renews within a week")
