"""What a payer is told while a refused payment is collected, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from ledgerline.base.calendar import local_date
from ledgerline.payments.model import PaymentState
from ledgerline.payments.rules.slots import morning

QUIET: Final = timedelta(hours=24)  # before a try nobody is reminded: it may bring the money
AFTERWARDS: Final = timedelta(hours=1)


class NoticeKind(StrEnum):
    """What a payer is told."""

    FAILED = "failed"
    REMINDER = "reminder"
    LAST_WARNING = "last_warning"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told so many days after a payment failed first, at this instant (UTC)."""

    kind: NoticeKind
    day: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell it now."""


@dataclass(frozen=True, slots=True)
class Later:
    """Decide again at this instant (UTC)."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Never:
    """There is nothing to tell any more."""


def notices_of(
    began_at: datetime, *, reminder_days: Sequence[int], grace_days: int, zone: str, spread: int
) -> list[Notice]:
    """List what is told from the first failure on: at once, on some days, before service ends.

    What follows the first comes in the morning of the payer, spread as tries are.
    """
    first = local_date(began_at, zone)

    def on(kind: NoticeKind, day: int) -> Notice:
        return Notice(kind, day, morning(first + timedelta(days=day), zone, spread=spread))

    found = [Notice(NoticeKind.FAILED, 0, began_at)]
    found += [on(NoticeKind.REMINDER, day) for day in reminder_days]
    if grace_days > 1:
        found.append(on(NoticeKind.LAST_WARNING, grace_days - 1))
    return found


def decide(
    kind: NoticeKind,
    state: PaymentState,
    *,
    next_try_at: datetime | None,
    awaits_payer: bool,
    now: datetime,
) -> Tell | Later | Never:
    """Decide about a notice that is due: nothing is told of what is mended or being tried.

    Reminders keep a day's distance from the next try and come after it instead.
    """
    if kind is NoticeKind.ENDED:
        return Tell() if state is PaymentState.FAILED else Never()
    if state is not PaymentState.PROCESSING:
        return Never()
    if next_try_at is None:  # a try is under way
        return Later(now + AFTERWARDS)
    if kind is NoticeKind.FAILED or awaits_payer or next_try_at - now >= QUIET:
        return Tell()
    return Later(max(now, next_try_at) + AFTERWARDS)
