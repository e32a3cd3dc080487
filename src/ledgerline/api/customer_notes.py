"""Notes on customers: what colleagues write about them and read, sealed under their key."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from ledgerline.api import lists
from ledgerline.api.operations import Answer, Call, Keyed, Operation
from ledgerline.api.shapes import LIMIT_DEFAULT, CursorText, Limit, Page, utc
from ledgerline.base.ids import PREFIXES, CustomerId, CustomerNoteId, bucket_of, encode
from ledgerline.flows.note_customer import NewNote, note_customer
from ledgerline.flows.read_notes import OpenNote, read_notes

NoteText = Annotated[str, Meta(min_length=1, max_length=1_000)]


class CustomerNoteBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a colleague should know of a customer."""

    text: NoteText


class CustomerNotesQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of them."""

    limit: Limit = LIMIT_DEFAULT
    after: CursorText | None = None


class CustomerNote(Struct, frozen=True, kw_only=True):
    """What somebody wrote about a customer; nobody changes it, and an erasure deletes it."""

    id: str
    object: str = "customer_note"
    livemode: bool
    customer: str
    author: str
    text: str
    created: datetime


async def create(call: Call) -> Answer:
    """Keep a note; the customer is told of it when they ask for what is held of them."""
    customer_id = CustomerId(call.id("customer"))
    new = NewNote(
        id=CustomerNoteId(call.run.new_id(bucket_of(customer_id))), customer_id=customer_id,
        author=call.principal, text=call.body.text, route=call.route,
    )  # fmt: skip
    note_id = await note_customer(call.run, new, command=call.command)
    above = UUID(int=note_id.int + 1)
    [made] = await read_notes(call.run, customer_id, before=above, limit=1)
    return Answer(201, _shape(call, made))


async def list_(call: Call) -> Answer:
    """List the notes on a customer, the newest first."""
    rows = await read_notes(
        call.run, CustomerId(call.id("customer")), before=lists.before(call),
        limit=call.query.limit + 1,
    )  # fmt: skip
    return lists.page(call, rows, shape=lambda row: _shape(call, row))


def _shape(call: Call, row: OpenNote) -> CustomerNote:
    return CustomerNote(
        id=encode(PREFIXES["customer_note"], row.id),
        livemode=call.livemode,
        customer=encode(PREFIXES["customer"], call.id("customer")),
        author=row.author,
        text=row.text,
        created=utc(row.written_at),
    )


def _about(call: Call) -> UUID:
    return call.id("customer")


OPERATIONS: Final = (
    Operation(
        name="list_customer_notes", method="GET", path="/v1/customers/{id}/notes",
        summary="List the notes on a customer", handle=list_,
        gives={200: Page[CustomerNote]}, query=CustomerNotesQuery,
    ),
    Operation(
        name="note_customer", method="POST", path="/v1/customers/{id}/notes",
        summary="Write a note on a customer", handle=create,
        gives={201: CustomerNote}, body=CustomerNoteBody, keyed=Keyed.OPTIONAL, about=_about,
    ),
)  # fmt: skip
