"""Notes on customers: written by colleagues, read by whoever may see who a customer is."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from ledgerline.base.errors import CannotDecrypt
from ledgerline.base.ids import CustomerId, CustomerNoteId
from ledgerline.base.saying import noted
from ledgerline.console.actions import Action, Field, Home, Preview, Said
from ledgerline.console.asking import Ask
from ledgerline.console.doing import find_customer
from ledgerline.console.timeline import Happened
from ledgerline.customers.rows import CustomerView, NoteRow
from ledgerline.customers.rules.erasure import refuse_erased
from ledgerline.flows.claim_key import Command
from ledgerline.flows.note_customer import NewNote, note_customer
from ledgerline.flows.read_buyer import Sealing

_NOTE: Final = Field(
    name="note",
    label=noted("Note"),
    is_long=True,
    hint=noted("Your colleagues read it, and the customer if they ask for what is held of them."),
)


class Noting(NamedTuple):
    """A customer, and the id of the note to come."""

    row: CustomerView
    id: CustomerNoteId


async def _find(ask: Ask) -> Home[Noting]:
    home = await find_customer(ask)
    id = CustomerNoteId(ask.run.new_id(home.of.bucket))
    return Home(
        of=Noting(home.of, id), path=home.path, label=home.label, kind="customer_note", id=id,
        customer_id=home.customer_id,
    )  # fmt: skip


async def _preview(ask: Ask, of: Noting, _: Said) -> Preview:
    refuse_erased(of.row)
    return Preview(
        sentence=ask.say(
            "The note stands in the timeline with your name. It is sealed under the customer’s"
            " key: nobody changes it, and an erasure deletes it."
        ),
        button=ask.say("Keep the note"),
        seal="note",
    )


async def _keep(ask: Ask, of: Noting, said: Said, command: Command) -> None:
    new = NewNote(of.id, CustomerId(of.row.id), ask.actor, said["note"])
    await note_customer(ask.run, new, command=command)


def told(ask: Ask, row: CustomerView, notes: Sequence[NoteRow]) -> list[Happened]:
    """Open notes as what happened to a customer; for an auditor they have no words."""
    sealing = None
    if ask.sees_people and row.wrapped is not None:
        sealing = Sealing(ask.run, ask.run.keyring.unwrap(row.wrapped), row.id)
    return [
        Happened(
            at=one.written_at, kind="note", what=_text(sealing, one), detail=None,
            actor=one.author, amount_minor=None, currency=None, of_kind=None, of_id=None,
        )
        for one in notes
    ]  # fmt: skip


def _text(sealing: Sealing | None, row: NoteRow) -> str:
    try:
        return "" if sealing is None else sealing.open_note(row.said_sealed, id=row.id)
    except CannotDecrypt:
        return ""


NOTE: Final = Action(
    name="noted", heading=noted("Write a note"), find=_find, preview=_preview, carry_out=_keep,
    words=(_NOTE,),
)  # fmt: skip
