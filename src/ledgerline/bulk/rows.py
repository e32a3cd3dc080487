"""Rows of bulk jobs."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class Candidate(NamedTuple):
    """What may be acted on; ``exclusion`` says why it is not, and is empty where it is."""

    subject_id: UUID
    customer_id: UUID | None
    amount_minor: int | None
    currency: str | None
    exclusion: str


class NewBulkJobRow(NamedTuple):
    """A job that was chosen and not started; ``chosen`` says how, ``as_of`` when."""

    id: UUID
    kind: str
    chosen: str
    as_of: datetime
    asked_by: str
    asked_at: datetime
    is_large: bool


class BulkJobRow(NamedTuple):
    """A job, and what people did to it."""

    id: UUID
    kind: str
    chosen: str
    as_of: datetime
    asked_by: str
    asked_at: datetime
    is_large: bool
    started_by: str | None
    started_at: datetime | None
    paused_at: datetime | None
    canceled_at: datetime | None
    ended_at: datetime | None


class NewBulkRow(NamedTuple):
    """One object of a job."""

    job_id: UUID
    no: int
    subject_id: UUID
    customer_id: UUID | None
    amount_minor: int | None
    currency: str | None
    outcome: str | None
    reason: str
    ended_at: datetime | None


class WaitingRow(NamedTuple):
    """The next object of a job that runs."""

    job_id: UUID
    no: int
    kind: str
    started_by: str | None
    subject_id: UUID
    customer_id: UUID | None
    amount_minor: int | None
    currency: str | None


class BulkSumView(NamedTuple):
    """How many rows of a job ended alike, and what they are worth in one currency."""

    outcome: str | None
    currency: str | None
    many: int
    amount_minor: int | None


class BulkRowView(NamedTuple):
    """One object of a job, as a page shows it."""

    no: int
    subject_id: UUID
    customer_id: UUID | None
    amount_minor: int | None
    currency: str | None
    outcome: str | None
    reason: str
    ended_at: datetime | None
