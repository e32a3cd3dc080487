"""Values of the outbox: events and refusals of idempotency keys."""

from datetime import datetime
from typing import ClassVar, NamedTuple
from uuid import UUID

from ledgerline.base.errors import Rejected
from ledgerline.base.ids import Bucket


class IdempotencyKeyReused(Rejected):
    """The key was used before with another request."""

    code: ClassVar[str] = "idempotency_key_reused"


class AlreadyAnswered(Rejected):
    """This question was answered before; ``status`` and the sealed ``body`` are that answer."""

    code: ClassVar[str] = "already_answered"

    def __init__(self, status: int, body: bytes) -> None:
        """Carry the answer to whoever asked again."""
        super().__init__("the answer is kept under this key")
        self.status = status
        self.body = body


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
