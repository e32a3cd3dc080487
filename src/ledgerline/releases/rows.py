"""Rows of the data sets' own tables."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID


class IntervalRow(NamedTuple):
    """A closed interval; ``extracts`` is JSON text. An epoch begins without ``since``."""

    no: int
    epoch: str
    since: int | None
    until: int
    read_at: datetime
    extracts: str


class ReleaseRow(NamedTuple):
    """A release: which snapshot each table has in it. ``tables`` and ``checks`` are JSON text.

    ``restated`` are the months that were built again because somebody said so, and those that had
    passed and that other code let come out otherwise.
    """

    no: int
    interval_no: int
    business_day: date
    code_version: str
    engine: str
    reason: str
    actor: str
    restated: Sequence[date]
    made_at: datetime
    tables: str
    checks: str


class HeadlineRow(NamedTuple):
    """What a release says in short; ``body`` is JSON text: lists of rows by what they tell."""

    release_no: int
    body: str


class CloseRow(NamedTuple):
    """A month whose tables are closed: what they were is the release ``release_no``.

    ``no`` counts the closes of one month: a second one follows a restatement.
    """

    month: date
    no: int
    release_no: int
    actor: str
    closed_at: datetime

    @property
    def tag(self) -> str:
        """What Iceberg calls the snapshots of this close."""
        return f"close-{self.month:%Y-%m}-{self.no}"


class OutwornRow(NamedTuple):
    """A release that no reader needs any more."""

    no: int
    made_at: datetime


class RestatedRow(NamedTuple):
    """The months that a release built again because somebody said so."""

    no: int
    restated: Sequence[date]


LAKE: Final = "lake"
"""What the lease of the lake is called."""


class LeaseRow(NamedTuple):
    """Who writes into the lake, and until when nobody else may."""

    token: UUID | None
    holder: str | None
    taken_at: datetime
    expires_at: datetime


class OutcomeRow(NamedTuple):
    """What a run of the data sets came to. ``next_at`` is set by a process that will run again."""

    holder: str
    began_at: datetime
    ended_at: datetime
    outcome: str
    said: str
    release_no: int | None
    next_at: datetime | None
