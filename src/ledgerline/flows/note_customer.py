"""Note on a customer what a colleague should know: it is sealed as all that names them is."""

from typing import NamedTuple

from ledgerline.access.model import Act
from ledgerline.base.cards import refuse_cards
from ledgerline.base.ids import CustomerId, CustomerNoteId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.customers.model import CustomerNotFound, PersonalTextRefused
from ledgerline.customers.rows import NoteRow
from ledgerline.customers.rules.erasure import refuse_erased
from ledgerline.customers.rules.texts import clean
from ledgerline.flows.audit_act import audit_act_in
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.read_buyer import sealing_in


class NewNote(NamedTuple):
    """What who writes about whom; line breaks become spaces.

    ``route`` is where, unless the command says it: who wrote it goes into the log as well.
    """

    id: CustomerNoteId
    customer_id: CustomerId
    author: str
    text: str
    route: str | None = None


@repeated
async def note_customer(
    run: Run, new: NewNote, *, command: Command | None = None
) -> CustomerNoteId:
    """Keep a note under the customer's key: an erasure deletes it.

    A repeat with the same ``command`` finds the first. Raises ``CustomerNotFound``,
    ``CustomerErased``, ``PersonalTextRefused`` and ``CardNumberRefused``.
    """
    text = clean(" ".join(new.text.split()), pointer="/text")
    if not text:
        raise PersonalTextRefused("the note is empty", pointer="/text")
    refuse_cards([text, new.author])
    bucket = bucket_of(new.customer_id)
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=new.id)
            if held is not None:
                assert held.subject_id is not None, held.key
                return CustomerNoteId(held.subject_id)
        found = await customers.lock_customers(tx, buckets=[bucket], ids=[new.customer_id])
        if not found:
            raise CustomerNotFound("there is no such customer", customer=str(new.customer_id))
        refuse_erased(found[0])
        sealing = await sealing_in(tx, run, customer_id=new.customer_id)
        assert sealing is not None, "a customer that was not erased has its key"
        row = NoteRow(
            bucket=bucket,
            id=new.id,
            customer_id=new.customer_id,
            author=new.author,
            said_sealed=sealing.note(text, id=new.id),
            written_at=run.now(),
        )
        await customers.add_note(tx, row)
        if new.route is not None:
            await audit_act_in(tx, run, _act(new, new.route))
    return new.id


def _act(new: NewNote, route: str) -> Act:
    return Act(
        actor=new.author, name="noted", route=route, kind="customer_note", object_id=new.id,
        customer_id=new.customer_id,
    )  # fmt: skip
