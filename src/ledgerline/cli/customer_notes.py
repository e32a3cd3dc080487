"""``ledgerline customer note`` and ``customer notes``."""

import getpass
import sys
from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

import typer

from ledgerline.base.ids import PREFIXES, CustomerId, CustomerNoteId, bucket_of, encode
from ledgerline.cli import output, program, records
from ledgerline.cli.key_check import check_key
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.note_customer import NewNote, note_customer
from ledgerline.flows.read_notes import OpenNote, read_notes

PAGE: Final = 50
_ROUTE: Final = "ledgerline customer note"
Who = Annotated[str, typer.Argument(metavar="CUSTOMER", help="cus_…")]


def note(
    context: typer.Context,
    customer: Who,
    text: Annotated[str, typer.Argument(help="What colleagues should know; - reads it.")],
    *,
    by: Annotated[
        str | None, typer.Option("--as", help="Who writes it; your login unless given.")
    ] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Write a note on a customer; they are told of it when they ask for what is held of them."""
    author = getpass.getuser() if by is None else by.strip()
    if not author:
        raise CommandFailed("a note needs an author", hint="--as NAME")
    customer_id = CustomerId(records.read_id("customer", customer))
    said = sys.stdin.read() if text == "-" else text
    note_id = program.wait(_note(program.of(context), customer_id, author=author, text=said))
    told = {"id": encode(PREFIXES["customer_note"], note_id), "customer": customer,
            "author": author}  # fmt: skip
    output.show(told, as_json=as_json)


async def _note(of: Program, customer_id: CustomerId, *, author: str, text: str) -> CustomerNoteId:
    async with of.open() as running:
        await check_key(running.run)
        here = await running.run.at_clock()
        id = CustomerNoteId(here.new_id(bucket_of(customer_id)))
        new = NewNote(id=id, customer_id=customer_id, author=author, text=text, route=_ROUTE)
        return await note_customer(here, new)


def notes(
    context: typer.Context,
    customer: Who,
    *,
    after: Annotated[str | None, typer.Option(help="note_…: go on below it.")] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """List the notes on a customer, the newest first, 50 a page."""
    before = records.TOP if after is None else records.read_id("customer_note", after)
    customer_id = CustomerId(records.read_id("customer", customer))
    rows = program.wait(_notes(program.of(context), customer_id, before=before))
    shown = [
        {
            "id": encode(PREFIXES["customer_note"], one.id),
            "written": one.written_at,
            "author": one.author,
            "text": one.text,
        }
        for one in rows[:PAGE]
    ]
    output.show_rows(shown, as_json=as_json, title="notes")
    if len(rows) > PAGE and not as_json:
        output.say(f"there are more: --after {shown[-1]['id']}")


async def _notes(of: Program, customer_id: CustomerId, *, before: UUID) -> Sequence[OpenNote]:
    async with of.open() as running:
        await check_key(running.run)
        return await read_notes(running.run, customer_id, before=before, limit=PAGE + 1)
