"""Rows of the data sets' own tables."""

from datetime import date, datetime
from typing import NamedTuple


class IntervalRow(NamedTuple):
    """A closed interval; ``extracts`` is JSON text. An epoch begins without ``since``."""

    no: int
    epoch: str
    since: int | None
    until: int
    read_at: datetime
    extracts: str


class ReleaseRow(NamedTuple):
    """A release: which snapshot each table has in it. ``tables`` and ``checks`` are JSON text."""

    no: int
    interval_no: int
    business_day: date
    code_version: str
    engine: str
    reason: str
    actor: str
    made_at: datetime
    tables: str
    checks: str
