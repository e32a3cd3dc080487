"""Row types of what a machine may not decide alone."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import AttemptId, Bucket, CustomerId, ExceptionId, PaymentId, RefundId


class ExceptionRow(NamedTuple):
    """What a machine may not decide alone; one reason is open once for a subject."""

    bucket: Bucket
    subject_id: UUID
    reason: str
    detail: str
    opened_at: datetime


class FoundExceptionRow(NamedTuple):
    """What an exception is about, and whether it is closed."""

    bucket: Bucket
    id: ExceptionId
    subject_id: UUID
    reason: str
    closed_at: datetime | None


class OwnedRow(NamedTuple):
    """Whose the subject of an exception is."""

    customer_id: CustomerId


class AssignedRow(NamedTuple):
    """Who works on an exception; None for nobody."""

    bucket: Bucket
    id: ExceptionId
    assigned_to: str | None


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


class LateMoneyRow(NamedTuple):
    """Money that came for an ended attempt and is in suspense, under its exception.

    ``was_refunded`` says that a refund of it was committed, whatever became of that.
    """

    bucket: Bucket
    id: ExceptionId
    attempt_id: AttemptId
    kind: str
    psp_ref: str | None
    was_refunded: bool


class LateRow(NamedTuple):
    """An ended attempt whose money came late, by what name, and whether that was taken."""

    attempt_id: AttemptId
    psp_ref: str | None
    is_adopted: bool


class ReturnRow(NamedTuple):
    """A refund of such money, under way or done."""

    id: RefundId
    state: str


class ExceptionView(NamedTuple):
    """An exception and its subject: a payment, an attempt or refund of one, or an account."""

    id: ExceptionId
    reason: str
    kind: str
    bucket: Bucket
    subject_id: UUID
    payment_id: PaymentId | None
    detail: str
    opened_at: datetime
    assigned_to: str | None
    closed_at: datetime | None
    closed_by: str | None
    resolution: str | None


class ExceptionsAsked(NamedTuple):
    """Which exceptions: those whose id is below ``before``; each filter may be None.

    ``late_reasons`` and ``late_before`` say, reason by reason, before when one that is overdue was
    opened.
    """

    before: UUID
    open_only: bool
    closed_only: bool
    reasons: list[str] | None
    assigned_to: str | None
    late_reasons: list[str] | None
    late_before: list[datetime]
    limit: int
