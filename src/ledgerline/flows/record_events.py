"""Record what happened: every flow tells it here, in the transaction that made it so."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base import canonical
from ledgerline.base.copying import VARIES, Shape, Shaped
from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, EventId
from ledgerline.base.run import Run
from ledgerline.outbox import store as outbox
from ledgerline.outbox.model import EventKind
from ledgerline.outbox.rows import EventRow


class NewEvent(NamedTuple):
    """Something that happened to ``aggregate_id``; ``seq`` follows the last one of its counter.

    ``body`` says what the rows the event is about do not: nothing for what happens in bulk.
    """

    bucket: Bucket
    aggregate_id: UUID
    seq: int
    kind: EventKind
    customer_id: UUID
    occurred_at: datetime
    body: Mapping[str, object] | None = None


async def record_events_in(tx: Tx, run: Run, events: Sequence[NewEvent]) -> int:
    """Record events inside the caller's transaction, which holds the aggregates' locks.

    Events that differ in their ids alone come as shapes (``Shaped``); each gets an id of its own.
    """
    if isinstance(events, Shaped):
        return await outbox.append(tx, Shaped([_shape(run, one) for one in events.shapes]))
    ids = run.new_ids([event.bucket for event in events])
    return await outbox.append(
        tx, [_row(EventId(id), event) for id, event in zip(ids, events, strict=True)]
    )


def _row(id: EventId, event: NewEvent) -> EventRow:
    return EventRow(
        id=id,
        bucket=event.bucket,
        aggregate_id=event.aggregate_id,
        seq=event.seq,
        kind=event.kind,
        customer_id=event.customer_id,
        occurred_at=event.occurred_at,
        body=None if event.body is None else canonical.canonical(event.body).decode(),
    )


def _shape(run: Run, shape: Shape) -> Shape:
    event = NewEvent._make(shape.row)
    assert event.body is None, "what happens in bulk is told by its rows"
    ids = run.new_ids(list(shape.columns["bucket"]))
    return Shape(
        _row(VARIES, event), ("event_id", *shape.names), shape.columns.replaced("event_id", ids)
    )
