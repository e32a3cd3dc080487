"""Row types of the mail tables: their fields are columns, in name and order."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import Bucket, CustomerId, MailId


class NewMailRow(NamedTuple):
    """A mail to write, in column order; ``told`` is the body of the event it tells of, as JSON.

    ``occasion`` is the sequence of that event, ``occurred_at`` its business time; ``written_at``
    and ``due_at`` are of the wall clock, as everything about delivery is.
    """

    bucket: Bucket
    id: MailId
    kind: str
    subject_id: UUID
    occasion: int
    sequence: int
    customer_id: CustomerId
    occurred_at: datetime
    written_at: datetime
    actor: str
    told: str | None
    due_at: datetime


class MailRow(NamedTuple):
    """A mail that is due; ``tries`` counts how often it was handed to a server."""

    bucket: Bucket
    id: MailId
    kind: str
    subject_id: UUID
    occasion: int
    sequence: int
    customer_id: CustomerId
    told: str | None
    occurred_at: datetime
    written_at: datetime
    tries: int


class EndRow(NamedTuple):
    """How a mail that is waiting ends without being handed to a server."""

    bucket: Bucket
    id: MailId
    state: str
    reason: str | None


class LaterRow(NamedTuple):
    """A mail that goes on waiting, and why."""

    bucket: Bucket
    id: MailId
    due_at: datetime
    reason: str


class GatheredRow(NamedTuple):
    """What a mail says and to whom: ``facts`` is JSON, ``address_sealed`` opens by the customer."""

    bucket: Bucket
    id: MailId
    language: str
    facts: str
    address_sealed: bytes


class SentRow(NamedTuple):
    """How handing over a mail ended; ``due_at`` is when it is tried again, if it is."""

    bucket: Bucket
    id: MailId
    state: str
    reason: str | None
    due_at: datetime | None


class BlockRow(NamedTuple):
    """An address that is not written to any more, by a hash that only its customer's key makes."""

    bucket: Bucket
    customer_id: CustomerId
    address_hash: bytes
    reason: str
    blocked_at: datetime


class HeldMailRow(NamedTuple):
    """A mail under lock, to be sent again."""

    bucket: Bucket
    id: MailId
    kind: str
    subject_id: UUID
    occasion: int
    customer_id: CustomerId
    told: str | None
    occurred_at: datetime
    state: str


class SequenceRow(NamedTuple):
    """How often something was sent, and where the last of them stands."""

    sequence: int
    state: str


class MailView(NamedTuple):
    """A mail as people look at it; ``told`` and ``facts`` are JSON, ``wrapped`` opens the address.

    ``is_blocked`` says that its customer's address was refused for good.
    """

    bucket: Bucket
    id: MailId
    kind: str
    subject_id: UUID
    occasion: int
    sequence: int
    customer_id: CustomerId
    occurred_at: datetime
    written_at: datetime
    actor: str
    state: str
    reason: str | None
    tries: int
    due_at: datetime | None
    ended_at: datetime | None
    language: str | None
    facts: str | None
    address_sealed: bytes | None
    wrapped: bytes | None
    is_blocked: bool
