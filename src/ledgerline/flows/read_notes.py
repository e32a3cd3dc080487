"""Read what colleagues wrote about a customer."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import CustomerId, CustomerNoteId, bucket_of
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.customers.model import CustomerNotFound
from ledgerline.flows.read_buyer import sealing_in


class OpenNote(NamedTuple):
    """A note that was opened: who wrote it, when, and what it says."""

    id: CustomerNoteId
    author: str
    text: str
    written_at: datetime


async def read_notes(
    run: Run, customer_id: CustomerId, *, before: UUID, limit: int
) -> list[OpenNote]:
    """Read notes with ids below ``before``, the newest first; an erasure leaves none.

    Raises ``CustomerNotFound``, and ``CannotDecrypt`` with another key than theirs.
    """
    bucket = bucket_of(customer_id)
    async with run.transaction() as tx:
        if not await customers.read_customers(tx, buckets=[bucket], ids=[customer_id]):
            raise CustomerNotFound("there is no such customer", customer=str(customer_id))
        sealing = await sealing_in(tx, run, customer_id=customer_id)
        if sealing is None:
            return []
        rows = await customers.read_notes(
            tx, bucket=bucket, customer_id=customer_id, before=before, limit=limit
        )
    return [
        OpenNote(one.id, one.author, sealing.open_note(one.said_sealed, id=one.id), one.written_at)
        for one in rows
    ]
