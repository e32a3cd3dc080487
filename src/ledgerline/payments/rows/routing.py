"""Rows of routing: policies, the instruments a charge can use, and what was decided."""

from datetime import datetime
from typing import NamedTuple


class AccountStatusRow(NamedTuple):
    """A merchant account, and whether it takes new charges."""

    code: str
    status: str


class PolicyRow(NamedTuple):
    """Routing rules as they were loaded, as JSON text."""

    version: int
    body: str
    loaded_at: datetime
