"""``ledgerline evidence``: what a provider wrote of a charge or refund, approved by two."""

import getpass
import hashlib
from pathlib import Path
from typing import Annotated, Final

import typer

from ledgerline.base.ids import PREFIXES, EvidenceProposalId, bucket_of, encode
from ledgerline.base.run import Run
from ledgerline.cli import output, program, records
from ledgerline.cli.program import Program
from ledgerline.cli.records import Record
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.approve_evidence import approve_evidence
from ledgerline.flows.propose_evidence import Proposal, propose_evidence
from ledgerline.flows.withdraw_evidence import withdraw_evidence
from ledgerline.payments import views
from ledgerline.payments.rows.evidence import ProposalsAsked, ProposalView
from ledgerline.payments.rules.evidence import Ending, ProposalState, Subject, effect_of

app: Final = typer.Typer(no_args_is_help=True)
PAGE: Final = 50
_KINDS: Final = {PREFIXES[kind]: kind for kind in Subject}
Which = Annotated[str, typer.Argument(metavar="PROPOSAL", help="evp_…: `evidence list` has it.")]
By = Annotated[str | None, typer.Option("--as", help="Who decides; your login unless given.")]


@app.callback()
def evidence() -> None:
    """End charges and refunds that no provider tells the end of: two people decide."""


@app.command()
def propose(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    subject: Annotated[str, typer.Argument(help="att_… or ref_…: `exceptions list` has it.")],
    outcome: Annotated[Ending, typer.Argument(help="How it ended, as its provider wrote.")],
    *,
    note: Annotated[str, typer.Option(help="What the provider wrote, and where that is kept.")],
    reference: Annotated[
        str | None, typer.Option("--provider-reference", help="The provider's id of it.")
    ] = None,
    letter: Annotated[
        Path | None, typer.Option(help="The provider's answer; its SHA-256 is recorded.")
    ] = None,
    by: By = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Propose how a charge or refund ended; nothing changes until another person approves it."""
    if not note.strip():
        raise CommandFailed("a note is needed", hint="say in --note what the provider wrote")
    kind = _KINDS.get(subject.lower().partition("_")[0], Subject.ATTEMPT)
    proposal = Proposal(
        subject=Subject(kind),
        subject_id=records.read_id(kind, subject),
        ending=outcome,
        note=note,
        by=by or getpass.getuser(),
        psp_ref=reference,
        file_sha256=None if letter is None else _digest(letter),
    )
    shown = program.wait(_propose(program.of(context), proposal))
    records.show(shown, as_json=as_json)


@app.command(name="list")
def list_(
    context: typer.Context,
    *,
    state: Annotated[ProposalState | None, typer.Option(help="Only in this state.")] = None,
    after: Annotated[str | None, typer.Option(help="evp_…: go on below it.")] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """List proposals, the newest first, 50 a page."""
    before = records.TOP if after is None else records.read_id("evidence_proposal", after)
    asked = ProposalsAsked(before=before, state=state, bucket=None, subject_id=None, limit=PAGE + 1)
    rows = program.wait(_list(program.of(context), asked))
    output.show_rows(rows[:PAGE], as_json=as_json, title="proposals")
    if len(rows) > PAGE and not as_json:
        output.say(f"there are more: --after {rows[PAGE - 1]['id']}")


@app.command()
def approve(
    context: typer.Context,
    proposal: Which,
    *,
    by: By = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what is known of it.")] = False,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Approve what somebody else proposed, after showing all that is known."""
    of, proposal_id = program.of(context), _id(proposal)
    shown = program.wait(_known(of, proposal, proposal_id))
    if not dry_run:
        output.confirm(f"Approve {proposal}? Then {shown['does']}.", yes=yes)
        program.wait(_approve(of, proposal_id, by=by or getpass.getuser()))
        shown = program.wait(_known(of, proposal, proposal_id))
    records.show(shown, as_json=as_json)


@app.command()
def withdraw(context: typer.Context, proposal: Which, *, by: By = None) -> None:
    """Take a proposal back; it stays on record."""
    program.wait(_withdraw(program.of(context), _id(proposal), by=by or getpass.getuser()))
    output.say(f"{proposal} is withdrawn")


def _id(text: str) -> EvidenceProposalId:
    return EvidenceProposalId(records.read_id("evidence_proposal", text))


def _digest(letter: Path) -> bytes:
    try:
        return hashlib.sha256(letter.read_bytes()).digest()
    except OSError as error:
        raise CommandFailed(f"{letter}: {error.strerror}", hint="name the file itself") from error


def _shown(row: ProposalView) -> Record:
    return {
        "id": encode(PREFIXES["evidence_proposal"], row.id),
        "status": row.state,
        "subject": encode(PREFIXES[row.kind], row.subject_id),
        "payment": encode(PREFIXES["payment"], row.payment_id),
        "outcome": row.outcome,
        "provider_reference": row.psp_ref,
        "note": row.note or None,
        "file_sha256": None if row.file_sha256 is None else row.file_sha256.hex(),
        "proposed_by": row.proposed_by,
        "proposed": row.proposed_at,
        "ended_by": row.ended_by,
        "ended": row.ended_at,
    }


async def _propose(of: Program, proposal: Proposal) -> Record:
    async with of.open() as running:
        here = await running.run.at_clock()
        proposal_id = await propose_evidence(here, proposal)
        return _shown(await _found(here, "", proposal_id))


async def _list(of: Program, asked: ProposalsAsked) -> list[Record]:
    async with of.open() as running, running.run.reading() as read:
        return [_shown(row) for row in await views.proposals(read, asked)]


async def _known(of: Program, text: str, proposal_id: EvidenceProposalId) -> Record:
    """Show a proposal with all that is known of what it is about, and what approving does."""
    async with of.open() as running:
        row = await _found(running.run, text, proposal_id)
        async with running.run.reading() as read:
            known = await views.evidence_subject(read, bucket=row.bucket, id=row.subject_id)
            heard = await views.heard(read, bucket=row.bucket, id=row.subject_id)
    assert known is not None, row
    return {
        **_shown(row),
        "does": effect_of(Subject(row.kind), Ending(row.outcome)),
        "total": records.amount(known.amount_minor, known.currency),
        "account": known.psp_account,
        "state": known.state,
        "sent": known.sent_at,
        "unknown_since": known.unknown_since,
        "looks": known.looks,
        "provider_code": known.psp_code,
        "heard": [one._asdict() for one in heard],
    }


async def _found(run: Run, text: str, proposal_id: EvidenceProposalId) -> ProposalView:
    async with run.reading() as read:
        row = await views.proposal(read, bucket=bucket_of(proposal_id), id=proposal_id)
    if row is None:
        raise CommandFailed(f"there is no proposal {text}", hint="`ledgerline evidence list`")
    return row


async def _approve(of: Program, proposal_id: EvidenceProposalId, *, by: str) -> None:
    async with of.open() as running:
        await approve_evidence(await running.run.at_clock(), proposal_id, by=by)


async def _withdraw(of: Program, proposal_id: EvidenceProposalId, *, by: str) -> None:
    async with of.open() as running:
        await withdraw_evidence(await running.run.at_clock(), proposal_id, by=by)
