"""``ledgerline exceptions``: what no machine may decide alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final, NamedTuple
from uuid import UUID

import typer

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import PREFIXES, Bucket, PaymentId, bucket_of, encode
from ledgerline.base.run import Run
from ledgerline.base.statements import statements
from ledgerline.cli import output, program, records
from ledgerline.cli.program import Program
from ledgerline.cli.records import Record
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.bear_own_failures import (
    NOBODY,
    REFUSES_US,
    REQUEST_REFUSED,
    UNMATCHED,
    subject_of,
)

app: Final = typer.Typer(no_args_is_help=True)
_SQL: Final = statements(__name__)
_SUSPENSE: Final = "the money is in suspense until somebody decides: refund it at the provider"
ENDED_BY: Final[Mapping[str, str]] = {
    REFUSES_US: "check the account's address and secrets; the first charge it executes closes this",
    REQUEST_REFUSED: "the payment is tried again; once it is paid this is closed",
    UNMATCHED: "ask the provider what the event is about: another system may use the account",
    "late_success": _SUSPENSE,
    "declined_after_success": "ask the provider which of its two answers holds",
}
"""What ends an exception, by its reason."""


class ExceptionView(NamedTuple):
    """An exception and its subject: a payment, an attempt of one, or else a merchant account."""

    reason: str
    kind: str
    subject_id: UUID
    payment_id: PaymentId | None
    detail: str
    opened_at: datetime
    closed_at: datetime | None


class AccountRow(NamedTuple):
    """A merchant account."""

    code: str


@app.callback()
def exceptions() -> None:
    """Look at what no machine may decide alone."""


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
    subject: Annotated[str, typer.Argument(help="pay_…, att_… or the code of an account")],
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Show what was opened for a payment, an attempt or a merchant account, and what ends it."""
    found = program.wait(_show(program.of(context), subject))
    if not found:
        raise CommandFailed(
            f"nothing was opened for {subject}", hint="`ledgerline exceptions list` names subjects"
        )
    records.show({"subject": subject, "exceptions": found}, as_json=as_json)


async def of_subjects(read: ReadTx, *, bucket: Bucket, ids: Sequence[UUID]) -> list[Record]:
    """Read what was opened for payments and attempts of a bucket, newest first."""
    return [_shown(row, {}) for row in await _opened(read, bucket=bucket, ids=ids)]


async def _opened(read: ReadTx, *, bucket: Bucket, ids: Sequence[UUID]) -> list[ExceptionView]:
    return await read.rows(_SQL["exceptions_of"], ExceptionView, bucket=bucket, ids=list(ids))


def _shown(row: ExceptionView, accounts: Mapping[UUID, str]) -> Record:
    prefix, payment = PREFIXES.get(row.kind), row.payment_id
    subject = accounts.get(row.subject_id, row.kind)
    return {
        "reason": row.reason,
        "subject": subject if prefix is None else encode(prefix, row.subject_id),
        "payment": payment and encode(PREFIXES["payment"], payment),
        "detail": row.detail,
        "opened": row.opened_at,
        "closed": row.closed_at,
    }


async def _list(of: Program, *, include_closed: bool) -> list[Record]:
    async with of.open() as running, running.run.reading() as read:
        rows = await read.rows(_SQL["exceptions"], ExceptionView, include_closed=include_closed)
        accounts = await _accounts(read)
    return [_shown(row, accounts) for row in rows]


async def _show(of: Program, subject: str) -> list[Record]:
    async with of.open() as running:
        return await _of(running.run, subject)


async def _of(run: Run, subject: str) -> list[Record]:
    async with run.reading() as read:
        accounts = await _accounts(read)
        if subject in accounts.values():
            bucket, subject_id = NOBODY, subject_of(subject)
        else:
            kind = "attempt" if subject.lower().startswith("att_") else "payment"
            subject_id = records.read_id(kind, subject)
            bucket = bucket_of(subject_id)
        rows = await _opened(read, bucket=bucket, ids=[subject_id])
    return [{**_shown(row, accounts), "ended_by": ENDED_BY.get(row.reason, "")} for row in rows]


async def _accounts(read: ReadTx) -> dict[UUID, str]:
    """Name the accounts by the subjects of their exceptions."""
    return {subject_of(row.code): row.code for row in await read.rows(_SQL["accounts"], AccountRow)}
