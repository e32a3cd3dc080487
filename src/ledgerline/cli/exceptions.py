"""``ledgerline exceptions``: what no machine may decide alone."""

import getpass
from collections.abc import Mapping, Sequence
from typing import Annotated, Final
from uuid import UUID

import typer

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import PREFIXES, Bucket, ExceptionId, PaymentId, bucket_of, encode
from ledgerline.base.run import Run
from ledgerline.cli import output, program, reconcile_records, records
from ledgerline.cli.program import Program
from ledgerline.cli.records import Record
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.adopt_exception import (
    Adoption,
    Effect,
    adopt_exception,
    preview_adoption,
)
from ledgerline.flows.assign_exception import assign_exception
from ledgerline.flows.bear_own_failures import NOBODY, subject_of
from ledgerline.flows.close_exception import Decision, close_exception
from ledgerline.flows.refund_exception import Return, preview_return, refund_exception
from ledgerline.flows.withdraw_model import subject_of_model
from ledgerline.payments import views
from ledgerline.payments.rows.exceptions import ExceptionsAsked, ExceptionView
from ledgerline.payments.rules.exceptions import HANDLING, Reason, due_at, overdue_before
from ledgerline.rules import explain

app: Final = typer.Typer(no_args_is_help=True)
_KINDS: Final = {PREFIXES[kind]: kind for kind in ("payment", "attempt", "refund", "dispute")}
_NAMES: Final = (
    "pay_…, att_…, ref_…, dsp_…, stl_…, stl_…:LINE, ACCOUNT/PAYOUT/CURRENCY, an account or"
    " routing:SELLER or retry:SELLER"
)
PAGE: Final = 50
Subject = Annotated[str, typer.Argument(help=_NAMES)]
Exc = Annotated[str, typer.Argument(metavar="EXCEPTION", help="exc_…: `exceptions list` has it.")]
Note = Annotated[str, typer.Option(help="What was found, decided or done.")]
By = Annotated[str | None, typer.Option(help="Who decided; your login unless given.")]
Reference = Annotated[
    str | None, typer.Option("--provider-reference", help="The provider's id of the money.")
]


@app.callback()
def exceptions() -> None:
    """Work on what no machine may decide alone."""


@app.command(name="list")
def list_(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    *,
    include_closed: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    reason: Annotated[
        list[Reason] | None, typer.Option(help="Only these; may be repeated.")
    ] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those past their day.")] = False,
    mine: Annotated[str | None, typer.Option("--of", help="Only those this person has.")] = None,
    after: Annotated[str | None, typer.Option(help="exc_…: go on below it.")] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """List exceptions that are open, the newest first, 50 a page."""
    asked = ExceptionsAsked(
        before=records.TOP if after is None else records.read_id("exception", after),
        open_only=not include_closed,
        closed_only=False,
        reasons=None if not reason else [str(one) for one in reason],
        assigned_to=mine,
        late_reasons=None,
        late_before=[],
        limit=PAGE + 1,
    )
    rows = program.wait(_list(program.of(context), asked, overdue=overdue))
    if not rows and not as_json:
        output.say("nothing is open")
        return
    output.show_rows(rows[:PAGE], as_json=as_json, title="exceptions")
    if len(rows) > PAGE and not as_json:
        output.say(f"there are more: --after {rows[PAGE - 1]['id']}")


@app.command()
def assign(
    context: typer.Context,
    exception: Exc,
    *,
    to: Annotated[str | None, typer.Option(help="Who works on it; nobody unless given.")] = None,
) -> None:
    """Say who works on an open exception."""
    exception_id = ExceptionId(records.read_id("exception", exception))
    program.wait(_assign(program.of(context), exception_id, to=to))
    output.say(f"{exception} is {f'worked on by {to}' if to else 'free'}")


@app.command()
def adopt(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    exception: Exc,
    *,
    note: Note,
    reference: Reference = None,
    refunded: Annotated[
        int | None, typer.Option(min=1, help="What the provider gave back, in minor units.")
    ] = None,
    payment: Annotated[str | None, typer.Option(help="pay_… that was refunded.")] = None,
    by: By = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would do.")] = False,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Take late money for what is owed, or record a refund that the provider has made."""
    adoption = Adoption(
        exception_id=ExceptionId(records.read_id("exception", exception)),
        by=by or getpass.getuser(),
        note=_words(note),
        psp_ref=reference,
        amount_minor=refunded,
        payment_id=None if payment is None else PaymentId(records.read_id("payment", payment)),
    )
    of = program.of(context)
    shown = _effect(program.wait(_preview_adoption(of, adoption)))
    if not dry_run:
        output.confirm(f"{shown['does']}?", yes=yes)
        program.wait(_adopt(of, adoption))
    records.show({"exception": exception, "dry_run": dry_run, **shown}, as_json=as_json)


@app.command()
def refund(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    exception: Exc,
    *,
    note: Note,
    reference: Reference = None,
    by: By = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would do.")] = False,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Give late money back through the provider; a worker sends it."""
    order = Return(
        exception_id=ExceptionId(records.read_id("exception", exception)),
        by=by or getpass.getuser(),
        note=_words(note),
        psp_ref=reference,
    )
    of = program.of(context)
    shown = _effect(program.wait(_preview_return(of, order)))
    if not dry_run:
        output.confirm(f"{shown['does']}?", yes=yes)
        shown["refund"] = program.wait(_refund(of, order))
    records.show({"exception": exception, "dry_run": dry_run, **shown}, as_json=as_json)


@app.command()
def show(
    context: typer.Context,
    subject: Subject,
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Show what was opened for a subject, by when to look at it, and what ends it."""
    found = program.wait(_show(program.of(context), subject))
    if not found:
        raise CommandFailed(
            f"nothing was opened for {subject}", hint="`ledgerline exceptions list` names subjects"
        )
    records.show({"subject": subject, "exceptions": found}, as_json=as_json)


@app.command()
def close(
    context: typer.Context,
    subject: Subject,
    reason: Annotated[Reason, typer.Argument(help="Why it was opened: `exceptions show` says it.")],
    *,
    note: Note,
    by: By = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Close what a person has decided. It moves no money, and the note stays with it.

    A late_success that is closed was given back at the provider: it leaves suspense in the books.
    """
    _words(note)
    of = program.of(context)
    found = [one for one in program.wait(_show(of, subject)) if one["reason"] == reason]
    if not found:
        raise CommandFailed(
            f"no {reason} was opened for {subject}",
            hint=f"`ledgerline exceptions show {subject}` shows what was",
        )
    shown = program.wait(_close(of, subject, reason, by=by or getpass.getuser(), note=note))
    records.show({"subject": subject, "exceptions": shown}, as_json=as_json)


async def of_subjects(read: ReadTx, *, bucket: Bucket, ids: Sequence[UUID]) -> list[Record]:
    """Read what was opened for payments and attempts of a bucket, newest first."""
    return [_shown(row, {}) for row in await views.exceptions_of(read, bucket=bucket, ids=ids)]


def _shown(row: ExceptionView, accounts: Mapping[UUID, str]) -> Record:
    prefix, payment = PREFIXES.get(row.kind), row.payment_id
    subject = accounts.get(row.subject_id, row.kind)
    return {
        "id": encode(PREFIXES["exception"], row.id),
        "reason": row.reason,
        "subject": subject if prefix is None else encode(prefix, row.subject_id),
        "payment": payment and encode(PREFIXES["payment"], payment),
        "detail": row.detail,
        "opened": row.opened_at,
        "due": due_at(row.reason, row.opened_at),
        "assigned_to": row.assigned_to,
        "closed": row.closed_at,
        "closed_by": row.closed_by,
        "resolution": row.resolution,
    }


def _words(note: str) -> str:
    if not note.strip():
        raise CommandFailed("a note is needed", hint="say in --note what was found or done")
    return note


def _effect(effect: Effect) -> Record:
    """Show what a decision does, and what it books."""
    minor, currency = effect.amount.minor, effect.amount.currency
    return {
        "does": f"{explain.show(minor, currency)}: {effect.words}",
        "payment": encode(PREFIXES["payment"], effect.payment_id),
        "total": records.amount(minor, currency),
        "books": [
            {"debit": debit, "credit": credit, "total": records.amount(minor, currency)}
            for debit, credit in effect.books
        ],
    }


async def _list(of: Program, asked: ExceptionsAsked, *, overdue: bool) -> list[Record]:
    async with of.open() as running:
        here = await running.run.at_clock()
        if overdue:
            late = overdue_before(here.now())
            asked = asked._replace(late_reasons=list(late), late_before=list(late.values()))
        async with here.reading() as read:
            rows = await views.exceptions(read, asked)
            accounts = await _accounts(read)
    return [_shown(row, accounts) for row in rows]


async def _assign(of: Program, exception_id: ExceptionId, *, to: str | None) -> None:
    async with of.open() as running:
        await assign_exception(running.run, exception_id, to=to)


async def _preview_adoption(of: Program, adoption: Adoption) -> Effect:
    async with of.open() as running:
        return await preview_adoption(await running.run.at_clock(), adoption)


async def _adopt(of: Program, adoption: Adoption) -> None:
    async with of.open() as running:
        await adopt_exception(await running.run.at_clock(), adoption)


async def _preview_return(of: Program, order: Return) -> Effect:
    async with of.open() as running:
        return await preview_return(await running.run.at_clock(), order)


async def _refund(of: Program, order: Return) -> str:
    async with of.open() as running:
        refund_id = await refund_exception(await running.run.at_clock(), order)
        return encode(PREFIXES["refund"], refund_id)


async def _show(of: Program, subject: str) -> list[Record]:
    async with of.open() as running:
        return await _of(running.run, subject)


async def _of(run: Run, subject: str) -> list[Record]:
    async with run.reading() as read:
        accounts = await _accounts(read)
        bucket, subject_id = _named(subject, accounts)
        rows = await views.exceptions_of(read, bucket=bucket, ids=[subject_id])
    return [
        {**_shown(row, accounts), "ended_by": HANDLING[Reason(row.reason)].ended_by} for row in rows
    ]


async def _close(of: Program, subject: str, reason: Reason, *, by: str, note: str) -> list[Record]:
    async with of.open() as running:
        here = await running.run.at_clock()
        async with here.reading() as read:
            bucket, subject_id = _named(subject, await _accounts(read))
        await close_exception(
            here,
            Decision(bucket=bucket, subject_id=subject_id, reason=reason, by=by, note=note),
        )
        return [one for one in await _of(here, subject) if one["reason"] == reason]


def _named(subject: str, accounts: Mapping[UUID, str]) -> tuple[Bucket, UUID]:
    """Read what a person typed: an id, the name of a model, or the code of an account.

    Be it one that was removed.
    """
    if (ours := reconcile_records.subject_named(subject)) is not None:
        return NOBODY, ours
    for subject_id, name in accounts.items():
        if name == subject:
            return NOBODY, subject_id
    prefix = subject.lower().partition("_")[0]
    if prefix not in PREFIXES.values():
        return NOBODY, subject_of(subject)
    subject_id = records.read_id(_KINDS.get(prefix, "payment"), subject)
    return bucket_of(subject_id), subject_id


async def _accounts(read: ReadTx) -> dict[UUID, str]:
    """Name accounts and models by the subjects of their exceptions."""
    accounts = {subject_of(row.code): row.code for row in await views.account_codes(read)}
    models = await views.switched_models(read)
    return accounts | {subject_of_model(*row): row.name for row in models}
