"""When a mail is tried again, and what a server's answer makes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ledgerline.base.calendar import months
from ledgerline.mail.model import Accepted, Deferred, Lost, MailState, Outcome, Refused, WaitReason

AGAIN_AFTER: Final[Sequence[timedelta]] = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
)
"""How long after each try the next one comes. Source: RFC 5321 §4.5.4.1, 30 minutes, 4 to 5 days.

The first is shorter: a server that puts off who it does not know yet (greylisting) waits minutes.
"""
KEPT_FOR: Final = timedelta(days=5)  # RFC 5321 §4.5.4.1: after that it is given up
NUMBERED_IN: Final = timedelta(seconds=10)
NUMBERED_SOON_FOR: Final = timedelta(minutes=5)
NUMBERED_LATE: Final = timedelta(hours=1)  # an invoice that is not paid may never get a number


LOOKED_BACK: Final = timedelta(days=2 * 366)


def recent(now: datetime) -> list[int]:
    """List the months whose mails of a customer are looked at: the last two years."""
    return months((now - LOOKED_BACK).date(), now.date())


@dataclass(frozen=True, slots=True)
class End:
    """What becomes of a mail: its state, why, and when it is due again."""

    state: MailState
    reason: str | None = None
    due_at: datetime | None = None
    blocks: bool = False


def again_at(tries: int, *, written_at: datetime, at: datetime) -> datetime | None:
    """Say when a mail that was tried so often is tried again; None when it is given up."""
    later = at + AGAIN_AFTER[min(tries, len(AGAIN_AFTER)) - 1 if tries else 0]
    return later if later - written_at <= KEPT_FOR else None


def is_stale(written_at: datetime, *, at: datetime) -> bool:
    """Say whether a mail has waited for so long that its news is none any more."""
    return at - written_at > KEPT_FOR


def numbered_at(*, written_at: datetime, at: datetime) -> datetime:
    """Say when to look again for the number of a document."""
    is_soon = at - written_at < NUMBERED_SOON_FOR
    return at + (NUMBERED_IN if is_soon else NUMBERED_LATE)


def end_of(outcome: Outcome, *, tries: int, written_at: datetime, at: datetime) -> End:
    """Say what an answer makes of a mail that was tried ``tries`` times.

    What was lost is never tried again by itself: the reader may have it, and nobody can be asked.
    """
    match outcome:
        case Accepted():
            return End(MailState.SENT)
        case Deferred(why):
            again = again_at(tries, written_at=written_at, at=at)
            if again is None:
                return End(MailState.FAILED, why)
            return End(MailState.WAITING, f"{WaitReason.BUSY}: {why}", again)
        case Refused(why, for_address):
            return End(MailState.BOUNCED, why, blocks=for_address)
        case Lost(why):
            return End(MailState.UNKNOWN, why)
