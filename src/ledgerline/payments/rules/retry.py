"""When a failed payment is tried again by machine, and when it is not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from ledgerline.base.calendar import local_date
from ledgerline.payments.model import DeclineCategory

TRIES_MAX: Final = 8
CALENDAR_DAYS: Final = (2, 5, 7, 7)  # after the previous try
TECHNICAL_DELAYS: Final = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
UNMAPPED_DAYS: Final = 3
OPENS_AT: Final = time(9)  # local time of the payer
QUARTER_HOURS: Final = 8  # 09:00 to 10:45

# Not a decline of the payer, so these do not use up the calendar.
TECHNICAL: Final = frozenset(
    {
        DeclineCategory.ISSUER_UNAVAILABLE,
        DeclineCategory.PROCESSOR_ERROR,
        DeclineCategory.MERCHANT_CONFIG,
    }
)


class GiveUpReason(StrEnum):
    """Why no machine try follows."""

    NEVER = "never"
    CUSTOMER_MUST_ACT = "customer_must_act"
    PLAN_USED_UP = "plan_used_up"
    TRIES_USED_UP = "tries_used_up"


FORBIDDEN: Final[Mapping[DeclineCategory, GiveUpReason]] = MappingProxyType(
    {
        DeclineCategory.LOST_OR_STOLEN: GiveUpReason.NEVER,
        DeclineCategory.INVALID_ACCOUNT: GiveUpReason.NEVER,
        DeclineCategory.REVOKED: GiveUpReason.NEVER,
        DeclineCategory.SUSPECTED_FRAUD: GiveUpReason.NEVER,
        DeclineCategory.CARD_RESTRICTED: GiveUpReason.NEVER,
        DeclineCategory.EXPIRED_CARD: GiveUpReason.CUSTOMER_MUST_ACT,
        DeclineCategory.AUTHENTICATION_REQUIRED: GiveUpReason.CUSTOMER_MUST_ACT,
    }
)


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again at this instant (UTC)."""

    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Do not try again by machine."""

    reason: GiveUpReason


@dataclass(frozen=True, slots=True)
class Tries:
    """How often a payment was tried, the failure at hand included; ``technical`` of ``total``.

    A failure counts as technical when its category is in ``TECHNICAL`` or it was not executed.
    """

    total: int
    technical: int = 0


def plan(
    category: DeclineCategory | None,
    *,
    tries: Tries,
    failed_at: datetime,
    zone: str,
    spread: int,
) -> Retry | GiveUp:
    """Plan what follows a failed try; ``category`` is None for a try that was not executed.

    Technical failures come back after 1 h, 6 h and 24 h and leave the calendar alone; what fails
    beyond them, and every real decline, takes the next calendar slot: 2, 5, 7 and 7 days after
    this try, between 09:00 and 11:00 in ``zone``. ``spread`` is a whole number ≥ 0 drawn from
    the payment's id that picks the quarter hour, so that a batch does not return as one burst.
    """
    assert 0 <= tries.technical <= tries.total, tries
    if category is not None and category in FORBIDDEN:
        return GiveUp(FORBIDDEN[category])
    if tries.total >= TRIES_MAX:
        return GiveUp(GiveUpReason.TRIES_USED_UP)
    if category is None or category in TECHNICAL:
        assert tries.technical > 0, (category, tries)
        if tries.technical <= len(TECHNICAL_DELAYS):
            return Retry(failed_at.astimezone(UTC) + TECHNICAL_DELAYS[tries.technical - 1])
    days = _days_until_next(category, tries)
    if days is None:
        return GiveUp(GiveUpReason.PLAN_USED_UP)
    return Retry(_morning(failed_at, days=days, zone=zone, spread=spread))


def _days_until_next(category: DeclineCategory | None, tries: Tries) -> int | None:
    """Return the next calendar distance; slots are taken by declines and by technical excess."""
    excess = max(0, tries.technical - len(TECHNICAL_DELAYS))
    taken = tries.total - tries.technical + excess
    if category is DeclineCategory.UNMAPPED:  # nobody knows what it means: once, not soon
        return UNMAPPED_DAYS if taken == 1 else None
    return CALENDAR_DAYS[taken - 1] if taken <= len(CALENDAR_DAYS) else None


def _morning(failed_at: datetime, *, days: int, zone: str, spread: int) -> datetime:
    day = local_date(failed_at, zone) + timedelta(days=days)
    opening = datetime.combine(day, OPENS_AT, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return opening + timedelta(minutes=15 * (spread % QUARTER_HOURS))
