"""``ledgerline exceptions``: what no machine may decide alone."""

import getpass
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, NamedTuple
from uuid import UUID

import typer

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import PREFIXES, Bucket, bucket_of, encode
from ledgerline.base.run import Run
from ledgerline.base.statements import statements
from ledgerline.cli import output, program, reconcile_records, records
from ledgerline.cli.program import Program
from ledgerline.cli.records import Record
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.bear_own_failures import NOBODY, subject_of
from ledgerline.flows.close_exception import Decision, close_exception
from ledgerline.payments import views
from ledgerline.payments.rows.exceptions import ExceptionView
from ledgerline.payments.rules.exceptions import HANDLING, Reason, due_at

app: Final = typer.Typer(no_args_is_help=True)
_SQL: Final = statements(__name__)
_KINDS: Final = {PREFIXES[kind]: kind for kind in ("payment", "attempt", "refund", "dispute")}
_NAMES: Final = (
    "pay_…, att_…, ref_…, dsp_…, stl_…, stl_…:LINE, ACCOUNT/PAYOUT/CURRENCY or an account"
)
Subject = Annotated[str, typer.Argument(help=_NAMES)]


class AccountRow(NamedTuple):
    """A merchant account."""

    code: str


@app.callback()
def exceptions() -> None:
    """Work on what no machine may decide alone."""


@app.command(name="list")
def list_(
    context: typer.Context,
    *,
    include_closed: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """List exceptions that are open, the newest first, at most 200."""
    rows = program.wait(_list(program.of(context), include_closed=include_closed))
    if not rows and not as_json:
        output.say("nothing is open")
        return
    output.show_rows(rows, as_json=as_json, title="exceptions")


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
    note: Annotated[str, typer.Option(help="What was found, decided or done.")],
    by: Annotated[str | None, typer.Option(help="Who decided; your login unless given.")] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Close what a person has decided. It moves no money, and the note stays with it.

    A late_success that is closed was given back at the provider: it leaves suspense in the books.
    """
    if not note.strip():
        raise CommandFailed("a note is needed", hint="say in --note what was found or done")
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
        "reason": row.reason,
        "subject": subject if prefix is None else encode(prefix, row.subject_id),
        "payment": payment and encode(PREFIXES["payment"], payment),
        "detail": row.detail,
        "opened": row.opened_at,
        "due": due_at(row.reason, row.opened_at),
        "closed": row.closed_at,
        "closed_by": row.closed_by,
        "resolution": row.resolution,
    }


async def _list(of: Program, *, include_closed: bool) -> list[Record]:
    async with of.open() as running, running.run.reading() as read:
        rows = await views.exceptions(read, include_closed=include_closed)
        accounts = await _accounts(read)
    return [_shown(row, accounts) for row in rows]


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
    """Read what a person typed: an id, or the code of an account, be it one that was removed."""
    if (ours := reconcile_records.subject_named(subject)) is not None:
        return NOBODY, ours
    prefix = subject.lower().partition("_")[0]
    if subject in accounts.values() or prefix not in PREFIXES.values():
        return NOBODY, subject_of(subject)
    subject_id = records.read_id(_KINDS.get(prefix, "payment"), subject)
    return bucket_of(subject_id), subject_id


async def _accounts(read: ReadTx) -> dict[UUID, str]:
    """Name the accounts by the subjects of their exceptions."""
    return {subject_of(row.code): row.code for row in await read.rows(_SQL["accounts"], AccountRow)}
