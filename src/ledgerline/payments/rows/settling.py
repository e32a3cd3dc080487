"""Rows of what lines of settlement files are compared with."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import AttemptId, Bucket, PaymentId


class SubjectRow(NamedTuple):
    """An attempt or refund that a line may be of, and whose books it is in."""

    bucket: Bucket
    id: UUID
    psp_account: str
    psp_ref: str | None
    currency: str
    amount_minor: int
    state: str
    seller_code: str


class CapturedRow(NamedTuple):
    """An attempt that captured money."""

    bucket: Bucket
    id: AttemptId
    payment_id: PaymentId
    currency: str
    amount_minor: int
    ended_at: datetime | None


class OpenRow(NamedTuple):
    """The subject of an exception that is open."""

    bucket: Bucket
    subject_id: UUID
