"""``ledgerline ml replay``: a decision of a model, computed once more."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from ledgerline.base.ids import PREFIXES, WrongIdKind, bucket_of, decode, encode
from ledgerline.base.run import Run
from ledgerline.cli import output, program
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.ml.replay import Difference, Kept, lacks, replay
from ledgerline.ml.replay_timing import KeptTiming, lacks_timing, replay_timing
from ledgerline.ml.score.routing.code import code_version
from ledgerline.payments import views
from ledgerline.payments.rows.learning import DecisionView, SnapshotRow, TableRow
from ledgerline.payments.rules.artefacts import digest
from ledgerline.payments.rules.retry_scores import table_of
from ledgerline.payments.scores import Kind

Shown = dict[str, Any]
NAMES: Final[Mapping[Kind, str]] = {Kind.ROUTING: "route", Kind.RETRY: "retry"}
"""What decisions of models are called."""
_STORED: Final = "`ledgerline payment show pay_…` shows what is stored of it"


class NotReplayable(CommandFailed):
    """Not all of what a decision was computed from was kept, or is kept any more."""


def replay_decision(
    context: typer.Context,
    decision: Annotated[str, typer.Argument(help="att_…, or the id of a decision (UUID).")],
    *,
    model: Annotated[
        Kind,
        typer.Option(help="Of an attempt: where it went (routing), or when again (retry)."),
    ] = Kind.ROUTING,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Compute a decision of a model once more from what it names; exit 3 if it differs.

    By `att_…` it is where that attempt went, and with `--model retry` when was tried again after
    it. States of routing are kept for thirty days, tables of retry timing for ever.
    """
    found = program.wait(_replayed(program.of(context), _id(decision), model))
    output.show(found, as_json=as_json)
    if not found["equal"]:
        raise typer.Exit(output.FOUND_PROBLEMS)


async def _replayed(of: Program, id: UUID, kind: Kind) -> Shown:
    async with of.open() as running:
        row = await _decision(running.run, id, kind)
        if row.kind == NAMES[Kind.RETRY]:
            return await _timing(running.run, row)
        return await _route(running.run, row)


async def _decision(run: Run, id: UUID, kind: Kind) -> DecisionView:
    async with run.reading() as read:
        row = await views.decision(read, bucket=bucket_of(id), id=id, kind=NAMES[kind])
    if row is None:
        raise CommandFailed(
            f"there is no decision {id} in this database",
            hint="`ledgerline payment show pay_…` lists attempts",
        )
    return row


async def _route(run: Run, row: DecisionView) -> Shown:
    kept = kept_of(row)
    state, differences = await replayed_by(run, kept)
    return {
        **_head(row),
        "tick": kept.learned["tick"],
        "decided_by": row.rule,
        "chosen": kept.learned["chosen"],
        "ppm": kept.learned["ppm"],
        **_equal(differences),
        "state_sha256": state.sha256,
        "state_code": state.code_version,
        "code": code_version(),
    }


async def _timing(run: Run, row: DecisionView) -> Shown:
    kept = kept_timing_of(row)
    loaded, differences = await timing_replayed_by(run, kept)
    return {
        **_head(row),
        "version": kept.learned["version"],
        "decided_by": row.rule,
        "chosen": kept.learned["chosen"],
        "chance_ppm": kept.learned["chances"][kept.learned["chosen"]],
        "drawn_ppm": kept.learned["drawn_ppm"],
        **_equal(differences),
        "table_sha256": loaded.sha256,
    }


async def replayed_by(run: Run, kept: Kept) -> tuple[SnapshotRow, list[Difference]]:
    """Compute a choice of account once more from its state; what is not equal.

    Raises ``NotReplayable`` where that state is kept no more, ``CommandFailed`` where it is not as
    it was written.
    """
    async with run.reading() as read:
        state = await views.router_state(read, tick=kept.learned["tick"])
    if state is None:
        raise NotReplayable(
            f"the state after tick {kept.learned['tick']} is kept no more",
            hint="states are kept for thirty days; the decision itself for ever",
        )
    if digest(state.body) != state.sha256:
        raise CommandFailed(
            f"the state after tick {state.tick} is not as it was written",
            hint="somebody changed router_snapshot: look at who can write to the database",
        )
    return state, replay(kept, state.body)


async def timing_replayed_by(run: Run, kept: KeptTiming) -> tuple[TableRow, list[Difference]]:
    """Compute a choice of moment once more from its table; what is not equal.

    Raises ``CommandFailed`` where that table is not there, or is not as it was written.
    """
    version = kept.learned["version"]
    async with run.reading() as read:
        loaded = await views.retry_table(read, version=version)
    table = None if loaded is None else table_of(loaded.body, sha256=loaded.sha256)
    if loaded is None or table is None:
        raise CommandFailed(
            f"version {version} of retry timing is not as it was loaded",
            hint="somebody changed retry_model: look at who can write to the database",
        )
    return loaded, replay_timing(kept, table)


def kept_of(row: DecisionView) -> Kept:
    """Read what is stored of a choice of account.

    Raises ``NotReplayable`` where that is not enough.
    """
    learned, features = _told(row)
    kept = Kept(
        key=str(row.subject_id),
        features=features,
        learned=learned,
        chosen=row.chosen,
        candidates={one["account"]: one["ppm"] for one in json.loads(row.candidates)},
    )
    _require_whole(lacks(kept))
    return kept


def kept_timing_of(row: DecisionView) -> KeptTiming:
    """Read what is stored of a choice of moment.

    Raises ``NotReplayable`` where that is not enough.
    """
    learned, features = _told(row)
    kept = KeptTiming(
        key=str(row.subject_id),
        told=features,
        learned=learned,
        chosen=row.chosen,
        candidates={one["at"]: one["ppm"] for one in json.loads(row.candidates)},
    )
    _require_whole(lacks_timing(kept))
    return kept


def _told(row: DecisionView) -> tuple[Shown, Shown]:
    if row.learned is None or row.features is None:
        raise NotReplayable(
            "the model was not asked of this decision: rules decided",
            hint="`ledgerline ml show` says where it is asked",
        )
    return json.loads(row.learned), json.loads(row.features)


def _require_whole(missing: str | None) -> None:
    if missing is not None:
        raise NotReplayable(f"the decision cannot be replayed: {missing}", hint=_STORED)


def _head(row: DecisionView) -> Shown:
    return {
        "decision": str(row.id),
        "attempt": encode(PREFIXES["attempt"], row.subject_id),
        "decided": row.decided_at,
    }


def _equal(differences: list[Difference]) -> Shown:
    return {"equal": not differences, "differences": [one._asdict() for one in differences]}


def _id(text: str) -> UUID:
    try:
        id = decode(PREFIXES["attempt"], text) if "_" in text else UUID(text)
        bucket_of(id)
    except (WrongIdKind, ValueError) as wrong:
        raise CommandFailed(
            f"{text} is no id of a decision", hint="att_…, or the UUID that the data sets name"
        ) from wrong
    return id
