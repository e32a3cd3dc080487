"""Row types of the outbox tables: their fields are columns, in name and order."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import Bucket


class EventRow(NamedTuple):
    """One event, in column order; ``relayed_at`` starts empty."""

    bucket: Bucket
    aggregate_id: UUID
    seq: int
    kind: str
    customer_id: UUID
    occurred_at: datetime
