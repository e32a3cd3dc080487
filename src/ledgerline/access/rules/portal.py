"""When a link into the portal opens a session, and for how long a session stands."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from ledgerline.access.rows import PortalRow

IDLE_MAX: Final = timedelta(minutes=30)
"""A session that nobody used for so long is over."""
SESSION_MAX: Final = timedelta(hours=12)
"""A session is over then, however much it is used."""
SEEN_EVERY: Final = timedelta(minutes=1)
"""How exact it is noted when a session was used: not every page is a write."""


class LinkState(StrEnum):
    """What a link into the portal is good for."""

    READY = "ready"
    USED = "used"
    EXPIRED = "expired"


def link_state(row: PortalRow, *, now: datetime) -> LinkState:
    """Say what a link is good for."""
    if row.opened_at is not None:
        return LinkState.USED
    if row.closed_at is not None or now >= row.link_expires_at:
        return LinkState.EXPIRED
    return LinkState.READY


def session_stands(row: PortalRow, *, now: datetime) -> bool:
    """Say whether a session is open: used lately, not for too long, and nobody signed out."""
    if row.opened_at is None or row.seen_at is None or row.closed_at is not None:
        return False
    return now < min(row.seen_at + IDLE_MAX, row.opened_at + SESSION_MAX)


def is_worth_noting(row: PortalRow, *, now: datetime) -> bool:
    """Say whether it was noted long enough ago that the session was used."""
    return row.seen_at is not None and now >= row.seen_at + SEEN_EVERY
