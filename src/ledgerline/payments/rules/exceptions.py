"""What is opened for people: why, by when it is looked at, and what ends it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from ledgerline.payments.refusals import ExceptionNotClosable


class Reason(StrEnum):
    """Why an exception was opened."""

    ACCOUNT_REFUSES_US = "account_refuses_us"
    EVENTS_UNMATCHED = "events_unmatched"
    PROVIDER_TOLD = "provider_told"
    REQUEST_REFUSED = "request_refused"
    UNKNOWN_TOO_LONG = "unknown_too_long"
    LATE_SUCCESS = "late_success"
    DECLINED_AFTER_SUCCESS = "declined_after_success"


class Handling(NamedTuple):
    """By when a person looks at an exception, what ends it, and whether their word alone does."""

    within: timedelta
    ended_by: str
    by_hand: bool


_DAY: Final = timedelta(days=1)
HANDLING: Final[Mapping[Reason, Handling]] = {
    Reason.ACCOUNT_REFUSES_US: Handling(
        _DAY,
        "check the account's address and secrets; the first charge it executes closes this",
        by_hand=False,
    ),
    Reason.EVENTS_UNMATCHED: Handling(
        3 * _DAY,
        "ask the provider what the event is about: another system may use the account; then close"
        " it with what you found",
        by_hand=True,
    ),
    Reason.PROVIDER_TOLD: Handling(
        _DAY,
        "act on it at the provider (a dispute has a deadline there); then close it with what was"
        " done",
        by_hand=True,
    ),
    Reason.REQUEST_REFUSED: Handling(
        2 * _DAY, "the payment is tried again; once it is paid this is closed", by_hand=False
    ),
    Reason.UNKNOWN_TOO_LONG: Handling(
        _DAY,
        "ask the provider what became of the charge; it is asked for still, and proof closes this",
        by_hand=False,
    ),
    Reason.LATE_SUCCESS: Handling(
        _DAY,
        "it is taken or given back by itself; where its refund was refused, give it back at the"
        " provider, then close it with the provider's id of that: it leaves suspense",
        by_hand=True,
    ),
    Reason.DECLINED_AFTER_SUCCESS: Handling(
        _DAY,
        "ask the provider which of its two answers holds; then close it with its answer",
        by_hand=True,
    ),
}
"""What becomes of an exception, by its reason."""


def due_at(reason: str, opened_at: datetime) -> datetime:
    """Return by when somebody is to have looked at an exception."""
    return opened_at + HANDLING[Reason(reason)].within


def require_by_hand(reason: Reason) -> None:
    """Refuse to close by hand what only a fact ends; says which."""
    handling = HANDLING[reason]
    if not handling.by_hand:
        raise ExceptionNotClosable(f"it ends by itself: {handling.ended_by}", reason=reason)
