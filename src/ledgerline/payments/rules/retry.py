"""When a failed payment is tried again by machine, and when it is not."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from ledgerline.base.calendar import local_date
from ledgerline.payments.model import AttemptState, DeclineCategory

TRIES_MAX: Final = 8
CALENDAR_DAYS: Final = (2, 5, 7, 7)  # after the previous try
TECHNICAL_DELAYS: Final = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
OWN_DELAYS: Final = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
UNMAPPED_DAYS: Final = 3
OPENS_AT: Final = time(9)  # local time of the payer
QUARTER_HOURS: Final = 8  # 09:00 to 10:45

# Not a decline of the payer, so these do not use up the calendar.
TECHNICAL: Final = frozenset({DeclineCategory.ISSUER_UNAVAILABLE, DeclineCategory.PROCESSOR_ERROR})

# The provider refuses the merchant, or the request: nothing is said about the payer.
OURS: Final = frozenset({DeclineCategory.MERCHANT_CONFIG, DeclineCategory.REQUEST_REFUSED})

# No machine may try these again; the payer can still mend the payment.
FORBIDDEN: Final = frozenset(
    {
        DeclineCategory.LOST_OR_STOLEN,
        DeclineCategory.INVALID_ACCOUNT,
        DeclineCategory.REVOKED,
        DeclineCategory.SUSPECTED_FRAUD,
        DeclineCategory.CARD_RESTRICTED,
        DeclineCategory.EXPIRED_CARD,
        DeclineCategory.AUTHENTICATION_REQUIRED,
        DeclineCategory.AUTHENTICATION_FAILED,
    }
)


class GiveUpReason(StrEnum):
    """Why a payment is given up."""

    PAYER_IS_HERE = "payer_is_here"
    PLAN_USED_UP = "plan_used_up"
    TRIES_USED_UP = "tries_used_up"


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again at this instant (UTC)."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Postpone:
    """Nothing was executed, and that is not the payer's doing: again at this instant (UTC).

    It takes no slot of the calendar and ends nothing.
    """

    at: datetime


@dataclass(frozen=True, slots=True)
class AwaitPayer:
    """No machine tries again; the payer can mend the payment until this instant (UTC)."""

    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Close the payment without money."""

    reason: GiveUpReason


Then = Retry | AwaitPayer | GiveUp


def resume_of(at: datetime | None, *, awaits: bool | None) -> Retry | AwaitPayer | None:
    """Return the plan that goes on at an instant, if there is one; ``awaits`` its payer or not."""
    if at is None:
        return None
    return AwaitPayer(at) if awaits else Retry(at)


@dataclass(frozen=True, slots=True)
class Tries:
    """How often a payment was tried at the provider, the failure at hand included.

    ``technical`` of ``total`` were refused for a category in ``TECHNICAL``. What was never executed
    is no try.
    """

    total: int
    technical: int = 0


def is_ours(state: AttemptState, category: DeclineCategory | None) -> bool:
    """Say whether an attempt that ended without money is our own failure, and no refusal.

    Nothing was executed (no connection, wrong credentials, too many requests, an account that is
    not loaded, a request that was not understood), or the provider refuses the merchant and not the
    payer.
    """
    if category is DeclineCategory.AUTHENTICATION_FAILED:  # the payer was asked to act and did not
        return False
    return state is AttemptState.NOT_EXECUTED or category in OURS


def postpone(failures: int, *, failed_at: datetime, retry_after_seconds: int | None) -> Postpone:
    """Plan what follows the nth failure of ours: soon at first, then every four hours, for ever.

    Never before the provider wants to be asked again.
    """
    assert failures > 0, failures
    delay = OWN_DELAYS[min(failures, len(OWN_DELAYS)) - 1]
    wanted = timedelta(seconds=retry_after_seconds or 0)
    return Postpone(failed_at.astimezone(UTC) + max(delay, wanted))


def plan(
    category: DeclineCategory | None,
    *,
    tries: Tries,
    failed_at: datetime,
    zone: str,
    spread: int,
) -> Then:
    """Plan what follows a refused try.

    Technical refusals come back after 1 h, 6 h and 24 h and leave the calendar alone; what is
    refused beyond them, and every real decline, takes the next calendar slot: 2, 5, 7 and 7 days
    after this try, between 09:00 and 11:00 in ``zone``. What no machine may try again waits for
    the payer as long as the calendar would have lasted. ``spread`` is a whole number ≥ 0 drawn from
    the payment's id that picks the quarter hour, so that a batch does not return as one burst.
    """
    assert 0 <= tries.technical <= tries.total, tries
    forbidden = category is not None and category in FORBIDDEN
    if tries.total >= TRIES_MAX and not forbidden:
        return GiveUp(GiveUpReason.TRIES_USED_UP)
    if category in TECHNICAL:
        assert tries.technical > 0, (category, tries)
        if tries.technical <= len(TECHNICAL_DELAYS):
            return Retry(failed_at.astimezone(UTC) + TECHNICAL_DELAYS[tries.technical - 1])
    left = _slots_left(tries)
    if not left:
        return GiveUp(GiveUpReason.PLAN_USED_UP)
    if category is DeclineCategory.UNMAPPED and len(left) == len(CALENDAR_DAYS):
        # nobody knows what it means: once more, not soon
        return Retry(_morning(failed_at, days=UNMAPPED_DAYS, zone=zone, spread=spread))
    if forbidden or category is DeclineCategory.UNMAPPED:
        return AwaitPayer(_morning(failed_at, days=sum(left), zone=zone, spread=spread))
    return Retry(_morning(failed_at, days=left[0], zone=zone, spread=spread))


def wait_out(resume: Retry, *, tries: Tries, zone: str, spread: int) -> AwaitPayer:
    """Wait for the payer from now on, as long as a plan whose next slot is ``resume`` lasts.

    For a card that the payer chose and that no machine may try: nothing is lost by trying it.
    """
    later = _slots_left(tries)[1:]
    if not later:
        return AwaitPayer(resume.at)
    return AwaitPayer(_morning(resume.at, days=sum(later), zone=zone, spread=spread))


def _slots_left(tries: Tries) -> tuple[int, ...]:
    """Return what is left of the calendar; slots are taken by declines and technical excess."""
    excess = max(0, tries.technical - len(TECHNICAL_DELAYS))
    taken = tries.total - tries.technical + excess
    return CALENDAR_DAYS[max(0, taken - 1) :]


def _morning(failed_at: datetime, *, days: int, zone: str, spread: int) -> datetime:
    day = local_date(failed_at, zone) + timedelta(days=days)
    opening = datetime.combine(day, OPENS_AT, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return opening + timedelta(minutes=15 * (spread % QUARTER_HOURS))
