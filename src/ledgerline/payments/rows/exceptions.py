"""Row types of what a machine may not decide alone."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import AttemptId, Bucket, PaymentId, RefundId


class ExceptionRow(NamedTuple):
    """What a machine may not decide alone; one reason is open once for a subject."""

    bucket: Bucket
    subject_id: UUID
    reason: str
    detail: str
    opened_at: datetime


class ClosedRow(NamedTuple):
    """What is decided: the subject of an exception and its reason."""

    bucket: Bucket
    subject_id: UUID
    reason: str


class DecidedRow(NamedTuple):
    """What people decided about an exception: who, and in which words."""

    bucket: Bucket
    subject_id: UUID
    reason: str
    closed_at: datetime
    closed_by: str
    resolution: str


class UndecidedRow(NamedTuple):
    """Money that came for an attempt that had ended: what said so, and the provider's id of it."""

    bucket: Bucket
    attempt_id: AttemptId
    kind: str
    psp_ref: str


class ReturnRow(NamedTuple):
    """A refund of such money, under way or done."""

    id: RefundId
    state: str


class ExceptionView(NamedTuple):
    """An exception and its subject: a payment, an attempt or refund of one, or an account."""

    reason: str
    kind: str
    bucket: Bucket
    subject_id: UUID
    payment_id: PaymentId | None
    detail: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    resolution: str | None
