"""Rows of what payers are told."""

from datetime import datetime
from typing import NamedTuple

from ledgerline.base.ids import Bucket, PaymentId


class NoticeRow(NamedTuple):
    """A notice of a payment: due, told, or neither any more; in column order."""

    bucket: Bucket
    payment_id: PaymentId
    kind: str
    day: int
    due_at: datetime | None
    told_at: datetime | None


class ToldRow(NamedTuple):
    """How many events more a payment has."""

    bucket: Bucket
    id: PaymentId
    events: int
