"""Write the mails that events make, in the transaction that relays them."""

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import CustomerId, MailId
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.customers.model import TaxStatus
from ledgerline.mail import store as mail
from ledgerline.mail.model import MailKind
from ledgerline.mail.rows import NewMailRow
from ledgerline.mail.rules.occasions import mail_of
from ledgerline.outbox.model import EventKind
from ledgerline.outbox.rows import EventRow

ACTOR: Final = "events"


class _Made(NamedTuple):
    """A mail and the event that makes it."""

    kind: MailKind
    event: EventRow


async def write_mails_in(tx: Tx, run: Run, events: Sequence[EventRow]) -> int:
    """Write a mail for each event that makes one; return how many were new.

    Called by ``relay_events`` with the events that it has claimed: a mail is written exactly if its
    event is relayed, whatever process dies in between, and nothing of it costs the work that the
    events tell of. Consumers get no invoice by itself: their receipt brings it.
    """
    made = [_Made(kind, event) for event in events if (kind := _kind(event)) is not None]
    invoiced = {one.event.customer_id for one in made if one.kind is MailKind.INVOICE}
    if invoiced:
        business = await _businesses(tx, made)
        made = [
            one
            for one in made
            if one.kind is not MailKind.INVOICE or one.event.customer_id in business
        ]
    # A list of mails is in the order of their ids: that of what happened, whenever it is relayed.
    ids = [run.at(event.occurred_at).new_id(event.bucket) for _, event in made]
    at = run.wall()
    return await mail.write_mails(
        tx,
        [
            NewMailRow(
                bucket=event.bucket,
                id=MailId(id),
                kind=kind,
                subject_id=event.aggregate_id,
                occasion=event.seq,
                sequence=1,
                customer_id=CustomerId(event.customer_id),
                occurred_at=event.occurred_at,
                written_at=at,
                actor=ACTOR,
                told=event.body,
                due_at=at,
            )
            for id, (kind, event) in zip(ids, made, strict=True)
        ],
    )


def _kind(event: EventRow) -> MailKind | None:
    told: dict[str, Any] = {} if event.body is None else json.loads(event.body)
    return mail_of(EventKind(event.kind), told)


async def _businesses(tx: Tx, made: Sequence[_Made]) -> set[CustomerId]:
    asked = {
        (one.event.bucket, CustomerId(one.event.customer_id))
        for one in made
        if one.kind is MailKind.INVOICE
    }
    found = await customers.read_recipients(
        tx, buckets=[bucket for bucket, _ in asked], ids=[id for _, id in asked]
    )
    return {row.id for row in found if row.tax_status == TaxStatus.BUSINESS}
