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


class NewKeyRow(NamedTuple):
    """An idempotency key to reserve for what its request makes."""

    bucket: Bucket
    principal: str
    key: str
    fingerprint: bytes
    subject_id: UUID
    created_at: datetime


class RefusalRow(NamedTuple):
    """An idempotency key whose request was refused, and the sealed answer."""

    bucket: Bucket
    principal: str
    key: str
    fingerprint: bytes
    status: int
    body: bytes
    created_at: datetime


class KeyRow(NamedTuple):
    """An idempotency key as stored; ``body`` is sealed under the customer's key."""

    bucket: Bucket
    principal: str
    key: str
    fingerprint: bytes
    state: str
    subject_id: UUID | None
    status: int | None
    body: bytes | None


class ApiKeyView(NamedTuple):
    """An API key as stored."""

    id: str
    principal: str
    secret_hash: bytes
    revoked_at: datetime | None


class SchemaView(NamedTuple):
    """Whether the schema is there."""

    is_present: bool
