"""What follows a try that brought no money: another, waiting for the payer, or the end."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from ledgerline.payments.model import AttemptState, DeclineCategory

OWN_DELAYS: Final = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))

# Not a decline of the payer, so these do not use up the calendar.
TECHNICAL: Final = frozenset({DeclineCategory.ISSUER_UNAVAILABLE, DeclineCategory.PROCESSOR_ERROR})

# The provider refuses the merchant, or the request: nothing is said about the payer.
OURS: Final = frozenset({DeclineCategory.MERCHANT_CONFIG, DeclineCategory.REQUEST_REFUSED})


class GiveUpReason(StrEnum):
    """Why a payment is given up."""

    PAYER_IS_HERE = "payer_is_here"
    PLAN_USED_UP = "plan_used_up"


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
