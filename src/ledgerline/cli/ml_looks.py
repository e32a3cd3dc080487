"""``ledgerline ml evaluate``, ``card`` and ``replay``: what a model is worth, and did."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from ledgerline.base.ids import PREFIXES, WrongIdKind, bucket_of, decode, encode
from ledgerline.base.run import Run
from ledgerline.cli import output, program
from ledgerline.cli.datasets_upkeep import heavy
from ledgerline.cli.ml_files import text_of
from ledgerline.cli.ml_train import released_of
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.read_calibration import read_calibration
from ledgerline.flows.read_models import read_models
from ledgerline.ml.replay import Difference, Kept, lacks, replay
from ledgerline.ml.score.routing.code import code_version
from ledgerline.payments import views
from ledgerline.payments.rows.learning import DecisionView, SnapshotRow
from ledgerline.payments.rules.retry_scores import digest
from ledgerline.payments.scores import Kind

_WORK: Final = "ledgerline.cli.ml_work"
_CHURN_WORK: Final = "ledgerline.cli.ml_churn_work"
_DAY: Final = ["%Y-%m-%d"]
Shown = dict[str, Any]


def evaluate(
    context: typer.Context,
    *,
    since: Annotated[datetime | None, typer.Option(formats=_DAY, help="First day.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=_DAY, help="Last day.")] = None,
    seller: Annotated[str | None, typer.Option(help="Whose charges; all unless given.")] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Say what the model and the rules would have earned, by the log of the current release.

    Shares of first tries that are approved, with 95 % intervals. Where the log cannot answer it
    says why and gives no number.
    """
    if since is not None and until is not None and since > until:
        raise CommandFailed(
            f"{_day(since)} is after {_day(until)}",
            hint="--since is the first day, --until the last",
        )
    of = program.of(context)
    released, simulated = program.wait(released_of(of, seller))
    work = heavy(_WORK)
    wanted = work.Wanted(_day(since), _day(until), seller)
    found = work.evaluate(of, released, wanted, simulated=simulated)
    if as_json:
        output.print_json(found)
        return
    policies = found.pop("policies")
    output.show(found, as_json=False)
    output.show_rows([line_of(one) for one in policies], as_json=False, title="\npolicies")
    found = [line for one in policies for line in segments_of(one)]
    output.show_rows(found, as_json=False, title="\nsegments that stand out")


class Carded(StrEnum):
    """Of what there is a card."""

    ROUTING = "routing"
    CHURN = "churn"


def card(
    context: typer.Context,
    model: Annotated[
        Carded, typer.Argument(help="routing: the model in use; churn: what was trained.")
    ] = Carded.ROUTING,
    *,
    file: Annotated[
        Path | None, typer.Option(help="What `ledgerline ml train churn` wrote.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The folder; an earlier card in it is replaced.")
    ] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Write the card of a model as a page: what it knows, how it does, what bounds it."""
    of = program.of(context)
    if file is not None and model is not Carded.CHURN:
        raise CommandFailed(
            "only the card of churn is of a file", hint=f"`ledgerline ml card churn --file {file}`"
        )
    if model is Carded.CHURN:
        folder = of.place.folder / "churn-card" if out is None else out
        output.show(
            heavy(_CHURN_WORK).card(text_of(file, wrote="train churn"), folder.resolve()),
            as_json=as_json,
        )
        return
    released, simulated = program.wait(released_of(of))
    work = heavy(_WORK)
    state = program.wait(_state(of, work))
    output.show(work.card(of, released, state, out=out, simulated=simulated), as_json=as_json)


def replay_decision(
    context: typer.Context,
    decision: Annotated[str, typer.Argument(help="att_…, or the id of a decision (UUID).")],
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Compute a decision of the model once more from the state that it names; exit 3 if it differs.

    States are kept for thirty days.
    """
    found = program.wait(_replayed(program.of(context), _id(decision)))
    output.show(found, as_json=as_json)
    if not found["equal"]:
        raise typer.Exit(output.FOUND_PROBLEMS)


async def _state(of: Program, work: Any) -> Any:
    async with of.open() as running:
        models = await read_models(running.run)
        believed = await read_calibration(await running.run.at_clock())
        async with running.run.reading() as read:
            snapshot = await views.router_state(read, tick=None)
    if snapshot is None:
        raise CommandFailed(
            "the model of routing has kept no state yet",
            hint="`ledgerline ml shadow` lets it be asked, `ledgerline work` lets it learn",
        )
    weeks = tuple(believed[Kind.ROUTING])
    return work.State(snapshot, tuple(models.switches), tuple(models.faults), weeks)


async def _replayed(of: Program, decision_id: UUID) -> Shown:
    async with of.open() as running:
        return await _replay(running.run, decision_id)


async def _replay(run: Run, decision_id: UUID) -> Shown:
    async with run.reading() as read:
        row = await views.decision(read, bucket=bucket_of(decision_id), id=decision_id)
        if row is None:
            raise CommandFailed(
                f"there is no decision {decision_id} in this database",
                hint="`ledgerline payment show pay_…` lists attempts",
            )
    kept = kept_of(row)
    state, differences = await replayed_by(run, kept)
    return _equal(row, kept, differences) | {
        "state_sha256": state.sha256,
        "state_code": state.code_version,
        "code": code_version(),
    }


async def replayed_by(run: Run, kept: Kept) -> tuple[SnapshotRow, list[Difference]]:
    """Compute a decision once more from its state; what is not equal.

    Raises ``CommandFailed`` where that state is kept no more, or is not as it was written.
    """
    async with run.reading() as read:
        state = await views.router_state(read, tick=kept.learned["tick"])
    if state is None:
        raise CommandFailed(
            f"the state after tick {kept.learned['tick']} is kept no more",
            hint="states are kept for thirty days; the decision itself for ever",
        )
    if digest(state.body) != state.sha256:
        raise CommandFailed(
            f"the state after tick {state.tick} is not as it was written",
            hint="somebody changed router_snapshot: look at who can write to the database",
        )
    return state, replay(kept, state.body)


def kept_of(row: DecisionView) -> Kept:
    """Read what is stored of a decision; raises ``CommandFailed`` where that is not enough."""
    if row.learned is None or row.features is None:
        raise CommandFailed(
            "the model was not asked of this decision: rules decided",
            hint="`ledgerline ml show` says where it is asked",
        )
    kept = Kept(
        key=str(row.subject_id),
        features=json.loads(row.features),
        learned=json.loads(row.learned),
        chosen=row.chosen,
        candidates={one["account"]: one["ppm"] for one in json.loads(row.candidates)},
    )
    if (missing := lacks(kept)) is not None:
        raise CommandFailed(f"the decision cannot be replayed: {missing}", hint=_STORED)
    return kept


_STORED: Final = "`ledgerline payment show pay_…` shows what is stored of it"


def _equal(row: DecisionView, kept: Kept, differences: list[Difference]) -> Shown:
    return {
        "decision": str(row.id),
        "attempt": encode(PREFIXES["attempt"], row.subject_id),
        "decided": row.decided_at,
        "tick": kept.learned["tick"],
        "decided_by": row.rule,
        "chosen": kept.learned["chosen"],
        "ppm": kept.learned["ppm"],
        "equal": not differences,
        "differences": [one._asdict() for one in differences],
    }


def _id(text: str) -> UUID:
    try:
        return decode(PREFIXES["attempt"], text) if "_" in text else UUID(text)
    except (WrongIdKind, ValueError) as wrong:
        raise CommandFailed(
            f"{text} is no id of a decision", hint="att_…, or the UUID that the data sets name"
        ) from wrong


def _day(at: datetime | None) -> date | None:
    return None if at is None else at.date()


def segments_of(one: Shown) -> Iterator[Shown]:
    """Name the segments in which a policy differs from what was logged, by more than chance."""
    for part in one.get("segments", ()):
        if part["stands_out"]:
            lead = " to ".join(
                f"{part[f'lead_{end}_ppm'] / 10_000:+.2f}" for end in ("low", "high")
            )
            yield {
                "policy": one["policy"],
                "segment": part["segment"],
                "against_logged": f"{part['lead_ppm'] / 10_000:+.2f} points ({lead})",
                "decisions": part["decisions"],
            }


def line_of(one: Shown) -> Shown:
    """Write a policy on one line: shares in per cent, or why there is none."""
    if one["refused"] is not None:
        return {"policy": one["policy"], "approved": "no answer", "against_logged": one["because"]}
    lead = " to ".join(f"{one[f'lead_{end}_ppm'] / 10_000:+.2f}" for end in ("low", "high"))
    approved = [f"{one[f'approved{end}_ppm'] / 10_000:.2f} %" for end in ("", "_low", "_high")]
    return {
        "policy": one["policy"],
        "approved": f"{approved[0]} ({approved[1]} to {approved[2]})",
        "against_logged": f"{one['lead_ppm'] / 10_000:+.2f} points ({lead}),"
        f" {one['effective_decisions']:,} decisions speak of it",
    }
