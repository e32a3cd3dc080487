"""What ``ledgerline ml shadow`` and ``promote`` do: one step more, on conditions."""

import json
import re
from collections.abc import Awaitable, Sequence
from typing import Any, Final, NamedTuple

import typer

from ledgerline.base.run import Run
from ledgerline.base.statements import statements
from ledgerline.cli import output, program
from ledgerline.cli.ml_replay import (
    NAMES,
    NotReplayable,
    kept_of,
    kept_timing_of,
    replayed_by,
    timing_replayed_by,
)
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.promote_model import Wanted, preview_promotion, promote_model
from ledgerline.ml.replay import Difference
from ledgerline.payments.rows.learning import DecisionView
from ledgerline.payments.rules.promotion import Replayed
from ledgerline.payments.scores import Kind, Mode

REPLAYED: Final = 20
"""So many of the newest decisions are computed once more before a step."""
MODEL: Final = typer.Option("--model", help="routing: which account; retry: when again.")
DRY_RUN: Final = typer.Option("--dry-run", help="List the conditions; change nothing.")
_AMOUNT: Final = re.compile(r"([A-Z]{3})=([0-9]{1,12})")
_SQL: Final = statements(__name__)


class Said(NamedTuple):
    """Who wants a step, why, and whether conditions count."""

    changed_by: str
    reason: str
    anyway: bool
    is_preview: bool


def amounts(told: Sequence[str]) -> dict[str, int]:
    """Read ``EUR=50000``; raises ``CommandFailed`` for anything else."""
    found = [_AMOUNT.fullmatch(one) for one in told]
    if None in found:
        raise CommandFailed("--explore-below names a currency", hint="--explore-below EUR=50000")
    return {one[1]: int(one[2]) for one in found if one is not None}


def step(
    of: Program, wanted: Wanted, said: Said, *, only: Mode | None = None, as_json: bool
) -> None:
    """List the conditions of the next step, and take it unless it is a preview."""
    shown = program.wait(_stepped(of, wanted, said, only=only, as_json=as_json))
    if as_json:
        output.print_json(shown)
    elif shown["switch"] is not None:
        output.show(shown["switch"], as_json=False)


async def _stepped(
    of: Program, wanted: Wanted, said: Said, *, only: Mode | None, as_json: bool
) -> dict[str, Any]:
    async with of.open() as running:
        here = await running.run.at_clock()
        wanted = wanted._replace(replayed=await _replayed(here, wanted))
        found = await preview_promotion(here, wanted)
        if only not in {None, found.to.mode}:
            raise CommandFailed(
                f"it is {found.held.mode} already",
                hint="`ledgerline ml switch` lets it decide less, `ml promote` more",
            )
        listed = [one._asdict() for one in found.conditions]
        if not as_json:
            to = f"{found.to.mode}, {found.to.percent} %"
            output.show_rows(listed, as_json=False, title=f"before {to}")
        row = None
        if not said.is_preview:
            row, _ = await promote_model(
                here,
                wanted,
                changed_by=said.changed_by,
                reason=said.reason,
                anyway=said.anyway,
            )
    return {
        "to": {"mode": found.to.mode, "percent": found.to.percent},
        "conditions": listed,
        "switch": None
        if row is None
        else row._asdict()
        | {"explore_below": json.loads(row.explore_below), "unmet": json.loads(row.unmet)},
    }


async def _replayed(run: Run, wanted: Wanted) -> Replayed:
    """Compute the newest decisions of this stage once more."""
    async with run.reading() as read:
        rows = await read.rows(
            _SQL["newest_believed"], DecisionView, kind=NAMES[wanted.kind], model=wanted.kind.value,
            seller_code=wanted.seller_code, limit=REPLAYED,
        )  # fmt: skip
    again = _route_again if wanted.kind is Kind.ROUTING else _retry_again
    found = [await _is_equal(again(run, row)) for row in rows]
    told = [one for one in found if one is not None]
    return Replayed(len(told), told.count(False))


async def _is_equal(again: Awaitable[Sequence[Difference]]) -> bool | None:
    """Say whether a decision comes out as it was made; None where too little of it is kept.

    One that an earlier release made may be such. What was computed from something that is not as
    it was written any more is not equal.
    """
    try:
        return not await again
    except NotReplayable:
        return None
    except CommandFailed:
        return False


async def _route_again(run: Run, row: DecisionView) -> Sequence[Difference]:
    return (await replayed_by(run, kept_of(row)))[1]


async def _retry_again(run: Run, row: DecisionView) -> Sequence[Difference]:
    return (await timing_replayed_by(run, kept_timing_of(row)))[1]
