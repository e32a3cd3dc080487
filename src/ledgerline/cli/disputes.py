"""``ledgerline disputes``: what payers and banks take back, and how it is answered."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer

from ledgerline.base.ids import PREFIXES, DisputeId, bucket_of, encode
from ledgerline.base.run import Run
from ledgerline.cli import output, program, records
from ledgerline.cli.program import Program
from ledgerline.cli.records import TOP, Record, amount, record
from ledgerline.cli.settings import CommandFailed
from ledgerline.documents.evidence import render_evidence
from ledgerline.flows.accept_dispute import Acceptance, accept_dispute, preview_acceptance
from ledgerline.flows.read_evidence import read_evidence
from ledgerline.flows.send_evidence import EvidenceOrder, preview_evidence, send_evidence
from ledgerline.flows.set_dispute_policy import set_dispute_policy
from ledgerline.flows.submit_evidence import Submission, preview_submission, submit_evidence
from ledgerline.payments import views
from ledgerline.payments.disputes import DisputeKind, DisputeState, WhenLost
from ledgerline.payments.refusals import (
    DefenceRefused,
    DisputeNotAnswerable,
    DisputeNotFound,
    EvidenceNotTaken,
    EvidenceSent,
    EvidenceTooLate,
)
from ledgerline.payments.rows.defences import DefenceView
from ledgerline.payments.rows.disputes import DisputeFactView, DisputeRow, DisputesAsked
from ledgerline.payments.rules.disputing import DEFAULT_POLICY, OPEN, answer_by

app: Final = typer.Typer(no_args_is_help=True)
LIST_MAX: Final = 200
DisputeArgument = Annotated[str, typer.Argument(help="dsp_…")]
Note = Annotated[str, typer.Option(help="What was decided, or sent where, in your words.")]
By = Annotated[str | None, typer.Option(help="Who did it; your login unless given.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would follow; change nothing.")]


@app.callback()
def disputes() -> None:
    """Answer what payers and banks take back of charges."""


@app.command(name="list")
def list_(
    context: typer.Context,
    *,
    include_closed: Annotated[bool, typer.Option("--all", help="Decided ones too.")] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """List disputes that are open, the newest first, at most 200."""
    rows = program.wait(_list(program.of(context), include_closed=include_closed))
    if not rows and not as_json:
        output.say("no dispute is open")
        return
    output.show_rows(
        [{name: records.plain(value) for name, value in row.items()} for row in rows]
        if not as_json
        else rows,
        as_json=as_json,
        title="disputes",
    )


@app.command()
def show(
    context: typer.Context,
    dispute: DisputeArgument,
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Show a dispute: what was told of it, what it moved, and by when to answer."""
    records.look(program.of(context), "dispute", dispute, _read, as_json=as_json)


@app.command()
def evidence(
    context: typer.Context,
    dispute: DisputeArgument,
    *,
    out: Annotated[Path, typer.Option(help="Where the PDF goes; what is there is kept.")],
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Write the pack of evidence as a PDF: what the books hold that speaks for the charge."""
    dispute_id = DisputeId(records.read_id("dispute", dispute))
    raw = program.wait(_evidence(program.of(context), dispute_id))
    try:
        with out.open("xb") as file:
            file.write(raw)
    except OSError as error:
        raise CommandFailed(
            f"{out}: {error.strerror}", hint="name a file that is not there"
        ) from error
    output.show({"dispute": dispute, "file": str(out), "bytes": len(raw)}, as_json=as_json)


@app.command()
def accept(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    dispute: DisputeArgument,
    *,
    note: Note,
    by: By = None,
    dry_run: DryRun = False,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Note that a dispute is not contested and book its loss; tell the provider yourself."""
    order = Acceptance(_id(dispute), by or getpass.getuser(), _said(note))
    if not dry_run:
        output.confirm(f"Give {dispute} up, and book what it took as lost?", yes=yes)
    do = preview_acceptance if dry_run else accept_dispute
    records.show(
        program.wait(_do(program.of(context), dispute, lambda run: do(run, order))), as_json=as_json
    )


@app.command()
def send(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    dispute: DisputeArgument,
    *,
    defence: Annotated[
        str | None, typer.Option(help="For which of the provider's reasons; else its first.")
    ] = None,
    by: By = None,
    dry_run: DryRun = False,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Send the pack of evidence to the provider, once for each stage of a dispute."""
    order = EvidenceOrder(_id(dispute), by or getpass.getuser(), defence)
    if not dry_run:
        output.confirm(f"Send the evidence of {dispute} to its provider?", yes=yes)
    records.show(
        program.wait(_send(program.of(context), dispute, order, dry_run=dry_run)), as_json=as_json
    )


@app.command()
def submit(
    context: typer.Context,
    dispute: DisputeArgument,
    *,
    note: Note,
    by: By = None,
    dry_run: DryRun = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Note that evidence was sent at the provider by hand; this sends nothing."""
    order = Submission(_id(dispute), by or getpass.getuser(), _said(note))
    do = preview_submission if dry_run else submit_evidence
    records.show(
        program.wait(_do(program.of(context), dispute, lambda run: do(run, order))), as_json=as_json
    )


@app.command()
def policy(
    context: typer.Context,
    *,
    kind: Annotated[DisputeKind | None, typer.Option(help="Of which disputes.")] = None,
    when_lost: Annotated[WhenLost | None, typer.Option(help="What follows from now on.")] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Show what follows when a dispute is lost, or set it for a kind of disputes."""
    if (kind is None) != (when_lost is None):
        raise CommandFailed("both are needed to set it", hint="--kind card --when-lost absorb")
    shown = program.wait(_policy(program.of(context), kind, when_lost))
    output.show(shown, as_json=as_json)


def _id(text: str) -> DisputeId:
    return DisputeId(records.read_id("dispute", text))


def _said(note: str) -> str:
    if not note.strip():
        raise CommandFailed("a note is needed", hint="say in --note what was decided or sent")
    return note


async def _list(of: Program, *, include_closed: bool) -> list[Record]:
    asked = DisputesAsked(
        before=TOP,
        bucket=None,
        payment_id=None,
        states=None if include_closed else sorted(OPEN),
        limit=LIST_MAX,
    )
    async with of.open() as running, running.run.reading() as read:
        rows = await views.disputes(read, asked)
    return [
        {**record(row, "dispute"), "answer_by": _answer_by(row.state, row.due_by)} for row in rows
    ]


async def _read(run: Run, dispute_id: UUID) -> Record | None:
    bucket = bucket_of(dispute_id)
    async with run.reading() as read:
        row = await views.dispute(read, bucket=bucket, id=dispute_id)
        facts = await views.dispute_facts(read, bucket=bucket, dispute_id=dispute_id)
        sent = await views.dispute_evidence(read, bucket=bucket, dispute_id=dispute_id)
    if row is None:
        return None
    return {
        **record(row, "dispute"),
        "answer_by": _answer_by(row.state, row.due_by),
        "facts": [_fact(one, row.currency) for one in facts],
        "evidence": [_sent(one) for one in sent],
    }


def _sent(row: DefenceView) -> Record:
    return {
        "id": encode(PREFIXES["dispute_evidence"], row.id),
        "status": row.state,
        "stage": row.stage,
        "defence": row.defence,
        "provider_code": row.psp_code,
        "sha256": row.pack_hash.hex(),
        "sent_by": row.sent_by,
        "sent": row.sent_at,
        "ended": row.ended_at,
    }


def _answer_by(state: str, due_by: datetime | None) -> datetime | None:
    """Say by when we answer, while an answer is waited for."""
    waits = state in {DisputeState.WARNING, DisputeState.NEEDS_RESPONSE}
    return answer_by(due_by) if waits and due_by is not None else None


def _fact(row: DisputeFactView, currency: str) -> Record:
    return {
        "event": row.event,
        "source": row.source,
        "applied": row.applied,
        "taken": amount(row.taken_minor, currency),
        "given": amount(row.given_minor, currency),
        "occurred": row.occurred_at,
        "recorded": row.recorded_at,
        "note": row.note,
    }


async def _do(of: Program, text: str, do: Callable[[Run], Awaitable[DisputeRow]]) -> Record:
    async with of.open() as running:
        here = await running.run.at_clock()
        try:
            row = await do(here)
        except DisputeNotAnswerable as refusal:
            raise CommandFailed(
                f"{text}: {refusal}", hint=f"`ledgerline disputes show {text}` says where it stands"
            ) from refusal
        except DisputeNotFound as refusal:
            raise records.missing("dispute", text) from refusal
    return {
        "dispute": text,
        "status": row.state,
        "total": amount(row.amount_minor, row.currency),
        "held": amount(row.held_minor, row.currency),
        "owed_again": amount(row.reopened_minor, row.currency),
    }


async def _send(of: Program, text: str, order: EvidenceOrder, *, dry_run: bool) -> Record:
    async with of.open_paying() as paying:
        here = await paying.run.at_clock()
        try:
            if dry_run:
                plan = await preview_evidence(here, paying.psps, order)
                return {"dispute": text, "status": "not_sent", **plan._asdict()}
            state = await send_evidence(here, paying.psps, order)
        except EvidenceNotTaken as refusal:
            raise CommandFailed(
                f"{text}: {refusal}",
                hint="answer at the provider, then `ledgerline disputes submit` notes it",
            ) from refusal
        except DefenceRefused as refusal:
            raise CommandFailed(
                f"{text}: {refusal}",
                hint="`ledgerline disputes send --dry-run` lists for what it takes evidence",
            ) from refusal
        except (DisputeNotAnswerable, EvidenceTooLate, EvidenceSent) as refusal:
            raise CommandFailed(
                f"{text}: {refusal}", hint=f"`ledgerline disputes show {text}` says where it stands"
            ) from refusal
        except DisputeNotFound as refusal:
            raise records.missing("dispute", text) from refusal
    return {"dispute": text, "status": str(state)}


async def _evidence(of: Program, dispute_id: DisputeId) -> bytes:
    async with of.open() as running:
        try:
            pack = await read_evidence(running.run, dispute_id)
        except DisputeNotFound as refusal:
            raise records.missing("dispute", str(dispute_id)) from refusal
    return await asyncio.to_thread(render_evidence, pack)


async def _policy(
    of: Program, kind: DisputeKind | None, when_lost: WhenLost | None
) -> Mapping[str, object]:
    async with of.open() as running:
        here = await running.run.at_clock()
        if kind is not None and when_lost is not None:
            await set_dispute_policy(here, kind, when_lost)
        async with here.reading() as read:
            found = {row.kind: row.when_lost for row in await views.dispute_policies(read)}
    return {kind: found.get(kind, default) for kind, default in DEFAULT_POLICY.items()}
