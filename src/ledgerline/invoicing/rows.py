"""Row types of the numbering tables: their fields are columns, in name and order."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import Bucket, SeriesId


class OpenSeriesRow(NamedTuple):
    """A series that must exist."""

    id: SeriesId
    seller_code: str
    kind: str
    period: str


class TemplateRow(NamedTuple):
    """How a seller's numbers of one kind look."""

    seller_code: str
    kind: str
    template: str


class SeriesRow(NamedTuple):
    """A number series and its counter."""

    id: SeriesId
    seller_code: str
    kind: str
    period: str
    template: str
    next_number: int


class QueueRow(NamedTuple):
    """A document that waits for its number."""

    bucket: Bucket
    document_id: UUID
    series_id: SeriesId
    issued_at: datetime


class NumberRow(NamedTuple):
    """One entry of the register of numbers."""

    series_id: SeriesId
    position: int
    document_id: UUID
    bucket: Bucket
    display: str
    stamped_at: datetime


class RaiseRow(NamedTuple):
    """By how much a counter is raised, from where."""

    id: SeriesId
    next_number: int
    stamped: int


class DequeueRow(NamedTuple):
    """A document that got its number."""

    bucket: Bucket
    document_id: UUID
