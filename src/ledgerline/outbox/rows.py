"""Row types of the outbox tables: their fields are columns, in name and order."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import Bucket, EventId


class EventRow(NamedTuple):
    """One event, in column order; ``relayed_at`` starts empty, ``body`` is JSON."""

    id: EventId
    bucket: Bucket
    aggregate_id: UUID
    seq: int
    kind: str
    customer_id: UUID
    occurred_at: datetime
    body: str | None
