"""Rows of pauses of billing."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import Bucket, SubscriptionId


class NewPauseRow(NamedTuple):
    """A pause that begins; ``paused_at`` is business time."""

    id: UUID
    paused_by: str
    reason: str
    paused_at: datetime


class ResumedRow(NamedTuple):
    """A pause that ends."""

    id: UUID
    resumed_by: str
    resumed_at: datetime


class PauseRow(NamedTuple):
    """A pause that nobody has ended."""

    id: UUID
    paused_by: str
    reason: str
    paused_at: datetime


class ParkedKeyRow(NamedTuple):
    """A subscription that a billing run set aside."""

    bucket: Bucket
    subscription_id: SubscriptionId


class BillRunsAsked(NamedTuple):
    """Which billing runs: those that did something, before an id."""

    before: UUID
    limit: int


class BillRunView(NamedTuple):
    """A billing run, what it did, and over which stretch of operational time."""

    id: UUID
    as_of: datetime
    invoiced: int
    ended: int
    parked: int
    began_at: datetime
    counted_at: datetime | None


class PauseView(NamedTuple):
    """A pause of billing, and who ended it when."""

    id: UUID
    paused_by: str
    reason: str
    paused_at: datetime
    resumed_by: str | None
    resumed_at: datetime | None


class ParkedReasonView(NamedTuple):
    """How many subscriptions are set aside for a reason, one of their details, since when."""

    reason: str
    detail: str
    subscriptions: int
    oldest: datetime
