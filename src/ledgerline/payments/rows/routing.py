"""Rows of routing: policies, the instruments a charge can use, and what was decided."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import Bucket, DecisionId


class AccountStatusRow(NamedTuple):
    """A merchant account, and whether it takes new charges."""

    code: str
    status: str


class AccountPlaceRow(NamedTuple):
    """A merchant account and the seller it is of, None for one of all."""

    code: str
    seller_code: str | None


class PolicyRow(NamedTuple):
    """Routing rules as they were loaded, as JSON text."""

    version: int
    body: str
    loaded_at: datetime


class DecisionRow(NamedTuple):
    """What was chosen for ``subject_id``, and among what; ``candidates`` are a JSON list.

    Of each it says its account, its propensity in ppm and, where it was no choice, the reason.
    ``chosen`` is None where nothing could be. ``features`` (a JSON object) are what a model is told
    of such a charge, ``learned`` is what it said, where one was asked.
    """

    bucket: Bucket
    id: DecisionId
    kind: str
    subject_id: UUID
    policy_version: int
    rule: str
    candidates: str
    chosen: str | None
    decided_at: datetime
    features: str | None = None
    learned: str | None = None
