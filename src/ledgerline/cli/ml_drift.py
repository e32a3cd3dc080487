"""``ledgerline ml drift``: whether decisions are still of the kind that models were made for.

And whether what comes of them is still what models believe.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from ledgerline.cli import output, program
from ledgerline.cli.program import Program
from ledgerline.flows.read_calibration import read_calibration
from ledgerline.flows.read_drift import read_drift
from ledgerline.payments.rules.calibrating import Week, percent, week_sentence
from ledgerline.payments.rules.drift import Drift, drift_sentence, index
from ledgerline.payments.scores import Kind


def drift(context: typer.Context, *, as_json: Annotated[bool, output.JSON] = False) -> None:
    """Show how far the features of decisions moved: the last three days against 28 before.

    Above 0.2 it warns; above 0.4 what a model decides of market, region, network, funding,
    category or tries goes back to rules by itself. And how likely tries were believed to succeed,
    beside how many did, by week of the decision; `off` where that is outside of its 95 % interval.
    """
    moved, believed, simulated = program.wait(_read(program.of(context)))
    if as_json:
        by_kind = {kind.value: [_whole(one) for one in drifts] for kind, drifts in moved.items()}
        output.print_json(by_kind | {"simulated": simulated, "calibration": {
            kind.value: [one._asdict() | {"is_off": one.is_off} for one in weeks]
            for kind, weeks in believed.items()
        }})  # fmt: skip
        return
    output.show({"simulated": simulated}, as_json=False)
    for kind, drifts in moved.items():
        lines = [_line(one) for one in drifts]
        output.show_rows(lines, as_json=False, title=f"\n{kind.value}")
        by_week = [_week(one) for one in believed[kind]]
        output.show_rows(by_week, as_json=False, title=f"\n{kind.value}, believed and seen")


async def _read(
    of: Program,
) -> tuple[Mapping[Kind, Sequence[Drift]], Mapping[Kind, Sequence[Week]], bool]:
    async with of.open() as running:
        here = await running.run.at_clock()
        environment = await here.environment()
        simulated = environment.kind == "sandbox"
        return await read_drift(here), await read_calibration(here), simulated


def _week(one: Week) -> dict[str, object]:
    return {
        "week": one.monday,
        "state": "off" if one.is_off else "",
        "what": week_sentence(one),
        "off_by_tenths": percent(one.off_ppm),
    }


def _line(one: Drift) -> dict[str, object]:
    return {
        "feature": one.feature,
        "index": "" if one.psi_milli is None else index(one.psi_milli),
        "grade": one.grade.value.replace("_", " "),
        "what": drift_sentence(one).partition(": ")[2],
    }


def _whole(one: Drift) -> dict[str, object]:
    return {**one._asdict(), "levels": [level._asdict() for level in one.levels]}
