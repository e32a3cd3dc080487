"""``ledgerline mail``: what customers were written, and what they will be."""

import getpass
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer

from ledgerline.base.ids import PREFIXES, CustomerId, MailId, bucket_of, encode
from ledgerline.cli import output, program, records
from ledgerline.cli.key_check import check_key
from ledgerline.cli.program import Program
from ledgerline.cli.records import Record
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.resend_mail import resend_mail
from ledgerline.flows.show_mail import Shown, show_mail
from ledgerline.flows.unblock_mails import unblock_mails
from ledgerline.flows.write_mail_file import write_mail_file
from ledgerline.letters.render import render
from ledgerline.letters.samples import sample
from ledgerline.mail import views
from ledgerline.mail.model import MailKind, MailState
from ledgerline.mail.rows import MailView
from ledgerline.mail.rules.occasions import subject_kind
from ledgerline.mail.rules.sending import recent

app: Final = typer.Typer(no_args_is_help=True)
PAGE: Final = 50
Mail = Annotated[str, typer.Argument(metavar="MAIL", help="mail_…: `mail list` has it.")]


@app.callback()
def mail() -> None:
    """Look at mails, and send one again."""


@app.command("list")
def list_(
    context: typer.Context,
    *,
    state: Annotated[MailState | None, typer.Option(help="Only those that stand there.")] = None,
    customer: Annotated[str | None, typer.Option(help="cus_…: only theirs.")] = None,
    after: Annotated[str | None, typer.Option(help="mail_…: go on below it.")] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """List mails, the newest first, 50 a page."""
    before = records.TOP if after is None else records.read_id("mail", after)
    rows = program.wait(_list(program.of(context), before, state=state, customer=customer))
    output.show_rows([_record(row) for row in rows[:PAGE]], as_json=as_json, title="mails")
    if len(rows) > PAGE and not as_json:
        output.say(f"there are more: --after {encode(PREFIXES['mail'], rows[PAGE - 1].id)}")


async def _list(
    of: Program, before: UUID, *, state: MailState | None, customer: str | None
) -> list[MailView]:
    async with of.open() as running:
        now = (await running.run.at_clock()).now()
        async with running.run.reading() as read:
            if customer is None:
                return await views.mails(read, before=before, state=state, limit=PAGE + 1)
            id = CustomerId(records.read_id("customer", customer))
            theirs = await views.mails_of_customer(
                read, bucket=bucket_of(id), customer_id=id, months=recent(now), before=before,
                limit=PAGE + 1,
            )  # fmt: skip
        return [row for row in theirs if state in {None, row.state}]


@app.command()
def show(
    context: typer.Context,
    mail: Mail,
    *,
    out: Annotated[Path | None, typer.Option(help="Write it to this file: .eml or .html.")] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Show where a mail stands and what it says."""
    if out is not None and (out.suffix not in {".eml", ".html"} or out.exists()):
        raise CommandFailed(f"{out} cannot be written", hint="a new file, .eml or .html")
    row, shown, file = program.wait(_show(program.of(context), mail, out))
    if out is not None and file is not None:
        _write(out, file)
    found = {**_record(row), "blocked": row.is_blocked}
    if shown is not None:
        found |= {"to": shown.address, "subject": shown.letter.subject, "text": shown.letter.text}
    records.show(found, as_json=as_json)


async def _show(
    of: Program, text: str, out: Path | None
) -> tuple[MailView, Shown | None, bytes | None]:
    mail_id = MailId(records.read_id("mail", text))
    async with of.open() as running:
        await check_key(running.run)
        async with running.run.reading() as read:
            row = await views.mail(read, bucket=bucket_of(mail_id), id=mail_id)
        if row is None:
            raise CommandFailed(f"there is no mail {text}", hint="`ledgerline mail list`")
        shown = await show_mail(running.run, row)
        if shown is None or out is None:
            return row, shown, None
        if out.suffix == ".html":
            return row, shown, shown.letter.html.encode()
        return row, shown, await write_mail_file(running.run, row, shown)


@app.command()
def resend(
    context: typer.Context,
    mail: Mail,
    *,
    by: Annotated[str | None, typer.Option(help="Who asks; your login unless given.")] = None,
    yes: Annotated[bool, output.YES] = False,
) -> None:
    """Send a mail once more, with what is the case now."""
    mail_id = MailId(records.read_id("mail", mail))
    output.confirm("the customer gets it again", yes=yes)
    made = program.wait(_resend(program.of(context), mail_id, by=by or getpass.getuser()))
    output.say(f"{encode(PREFIXES['mail'], made)} waits to be sent")


async def _resend(of: Program, mail_id: MailId, *, by: str) -> MailId:
    async with of.open() as running:
        return await resend_mail(await running.run.at_clock(), mail_id, actor=by)


@app.command()
def unblock(context: typer.Context, customer: str) -> None:
    """Write to a customer's address again that a server had refused for good."""
    customer_id = CustomerId(records.read_id("customer", customer))
    done = program.wait(_unblock(program.of(context), customer_id))
    output.say(f"{customer} is written to again" if done else f"{customer} was not blocked")


async def _unblock(of: Program, customer_id: CustomerId) -> bool:
    async with of.open() as running:
        return await unblock_mails(running.run, customer_id)


@app.command()
def preview(
    kind: Annotated[MailKind, typer.Argument(help="What it tells of.")],
    file: Annotated[Path, typer.Argument(help="A new file that ends in .html or .txt.")],
    *,
    locale: Annotated[str, typer.Option(help="The reader's, such as de-DE.")] = "en",
) -> None:
    """Write what a mail looks like, with facts that are made up."""
    if file.suffix not in {".html", ".txt"} or file.exists():
        raise CommandFailed(f"{file} cannot be written", hint="a new file, .html or .txt")
    letter = render(kind, sample(kind), locale=locale)
    _write(file, (letter.html if file.suffix == ".html" else letter.text).encode())
    output.say(letter.subject)


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise CommandFailed(f"{file} cannot be written: {error}", hint="another folder") from error


def _record(row: MailView) -> Record:
    return {
        "id": encode(PREFIXES["mail"], row.id),
        "kind": row.kind,
        "customer": encode(PREFIXES["customer"], row.customer_id),
        "about": encode(PREFIXES[subject_kind(MailKind(row.kind))], row.subject_id),
        "sequence": row.sequence,
        "state": row.state,
        "reason": row.reason,
        "tries": row.tries,
        "occurred": row.occurred_at,
        "due": row.due_at,
        "ended": row.ended_at,
        "actor": row.actor,
    }
