"""When a session of the console still opens anything."""

from datetime import datetime

from ledgerline.access.model import IDLE_MAX, SEEN_EVERY
from ledgerline.access.rows import SessionView


def is_open(session: SessionView, now: datetime) -> bool:
    """Tell whether a session opens anything: not ended, in time, not idle, of nobody disabled.

    All instants are of operational time.
    """
    return (
        session.ended_at is None
        and session.disabled_at is None
        and now < session.expires_at
        and now - session.seen_at < IDLE_MAX
    )


def is_worth_seeing(session: SessionView, now: datetime) -> bool:
    """Tell whether it is so long ago that a session was seen that it is written down again."""
    return now - session.seen_at >= SEEN_EVERY
