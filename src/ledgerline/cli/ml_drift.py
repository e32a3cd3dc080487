"""``ledgerline ml drift``: whether decisions are still of the kind that models were made for."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from ledgerline.cli import output, program
from ledgerline.cli.program import Program
from ledgerline.flows.read_drift import read_drift
from ledgerline.payments.rules.drift import Drift, drift_sentence, index
from ledgerline.payments.scores import Kind


def drift(context: typer.Context, *, as_json: Annotated[bool, output.JSON] = False) -> None:
    """Show how far the features of decisions moved: the last three days against 28 before.

    Above 0.2 it warns; above 0.4 what a model decides of market, region, network, funding,
    category or tries goes back to rules by itself.
    """
    found = program.wait(_read(program.of(context)))
    if as_json:
        output.print_json(
            {kind.value: [_whole(one) for one in drifts] for kind, drifts in found.items()}
        )
        return
    for kind, drifts in found.items():
        lines = [_line(one) for one in drifts]
        output.show_rows(lines, as_json=False, title=f"\n{kind.value}")


async def _read(of: Program) -> Mapping[Kind, Sequence[Drift]]:
    async with of.open() as running:
        return await read_drift(await running.run.at_clock())


def _line(one: Drift) -> dict[str, object]:
    return {
        "feature": one.feature,
        "index": "" if one.psi_milli is None else index(one.psi_milli),
        "grade": one.grade.value.replace("_", " "),
        "what": drift_sentence(one).partition(": ")[2],
    }


def _whole(one: Drift) -> dict[str, object]:
    return {**one._asdict(), "levels": [level._asdict() for level in one.levels]}
