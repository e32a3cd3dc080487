"""What is opened for people: why, by when it is looked at, and what ends it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final, NamedTuple

from ledgerline.base.ids import ExceptionId, uuid7
from ledgerline.payments.refusals import ExceptionNotClosable, ExceptionNotDecidable
from ledgerline.payments.rows.exceptions import ExceptionRow


class Reason(StrEnum):
    """Why an exception was opened."""

    ACCOUNT_REFUSES_US = "account_refuses_us"
    EVENTS_UNMATCHED = "events_unmatched"
    PROVIDER_TOLD = "provider_told"
    REQUEST_REFUSED = "request_refused"
    UNKNOWN_TOO_LONG = "unknown_too_long"
    LATE_SUCCESS = "late_success"
    DECLINED_AFTER_SUCCESS = "declined_after_success"
    CHARGED_TWICE = "charged_twice"
    REFUNDED_TWICE = "refunded_twice"
    AMOUNT_DIFFERS = "amount_differs"
    REFUND_CONTRADICTED = "refund_contradicted"
    LINE_UNMATCHED = "line_unmatched"
    LINE_MISMATCH = "line_mismatch"
    LINE_MISSING = "line_missing"
    DUPLICATE_CAPTURE = "duplicate_capture"
    DUPLICATE_REFUND = "duplicate_refund"
    FILE_QUARANTINED = "file_quarantined"
    BANK_DIFFERS = "bank_differs"
    PAYOUT_MISSING = "payout_missing"
    REFUND_STRANDED = "refund_stranded"
    DISPUTE_OPEN = "dispute_open"
    DISPUTE_DUE = "dispute_due"
    DISPUTE_CONTRADICTED = "dispute_contradicted"
    OVER_RETURNED = "over_returned"
    PAID_TWICE = "paid_twice"
    REFUND_REVERSED = "refund_reversed"
    SET_ASIDE = "set_aside"
    MODEL_WITHDRAWN = "model_withdrawn"


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
        _DAY, "act on it at the provider; then close it with what was done", by_hand=True
    ),
    Reason.REQUEST_REFUSED: Handling(
        2 * _DAY,
        "the payment is tried again; once it is paid or given up this is closed",
        by_hand=False,
    ),
    Reason.UNKNOWN_TOO_LONG: Handling(
        _DAY,
        "ask the provider what became of it; it is asked for still, and proof closes this: also its"
        " written answer, by `ledgerline evidence propose`, which a second person approves",
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
    Reason.CHARGED_TWICE: Handling(
        timedelta(hours=4),
        "the payer paid twice: give the charge that the detail names back at the provider now, and"
        " close this with the id of that; its line comes as a duplicate_capture, and nothing of it"
        " is in the books before",
        by_hand=True,
    ),
    Reason.REFUNDED_TWICE: Handling(
        timedelta(hours=4),
        "a provider made a refund again: have the one that the detail names stopped there, or ask"
        " the customer for it, and close this with what was done; its line comes as a"
        " duplicate_refund, and nothing of it is in the books before",
        by_hand=True,
    ),
    Reason.AMOUNT_DIFFERS: Handling(
        _DAY,
        "ask the provider which amount moved: nothing of it is booked. Of ours, its written answer"
        " ends the charge or refund (`ledgerline evidence propose`); of any other, have it given"
        " back there; then close this with the answer",
        by_hand=True,
    ),
    Reason.REFUND_CONTRADICTED: Handling(
        _DAY,
        "ask the provider whether the money went back; then close it with its answer",
        by_hand=True,
    ),
    Reason.LINE_UNMATCHED: Handling(
        3 * _DAY,
        "a corrected file, or a charge that turns out to be its subject; else ask the provider, and"
        " close it with what you found: what the line moved stays in suspense",
        by_hand=True,
    ),
    Reason.LINE_MISMATCH: Handling(
        2 * _DAY,
        "a corrected file; else close it with what the provider says: the rest stays in suspense",
        by_hand=True,
    ),
    Reason.LINE_MISSING: Handling(
        3 * _DAY,
        "a file that has it; else ask the provider where it is, and close this with the answer",
        by_hand=True,
    ),
    Reason.DUPLICATE_CAPTURE: Handling(
        _DAY,
        "a corrected file; else give the second one back at the provider, and close it with the id",
        by_hand=True,
    ),
    Reason.DUPLICATE_REFUND: Handling(
        2 * _DAY, "a corrected file; else close it with what the provider says", by_hand=True
    ),
    Reason.FILE_QUARANTINED: Handling(
        _DAY, "the right file of this payout, once the provider has sent it", by_hand=True
    ),
    Reason.DISPUTE_OPEN: Handling(
        2 * _DAY,
        "answer it at the provider and note that (`ledgerline disputes submit`), or accept it"
        " (`ledgerline disputes accept`); its decision closes this",
        by_hand=False,
    ),
    Reason.DISPUTE_DUE: Handling(
        timedelta(hours=4),
        "answer at the provider now: after its deadline the dispute is as good as lost",
        by_hand=False,
    ),
    Reason.DISPUTE_CONTRADICTED: Handling(
        _DAY,
        "ask the provider where the dispute stands; then close it with its answer",
        by_hand=True,
    ),
    Reason.OVER_RETURNED: Handling(
        _DAY,
        "it went back by a refund and by a dispute: contest the dispute with the proof of the"
        " refund; what is over stands in suspense, and leaves it when the dispute is won",
        by_hand=True,
    ),
    Reason.PAID_TWICE: Handling(
        _DAY,
        "a bank gave back what had been collected anew: give one of the two back at the provider,"
        " and close it with the id of that: it stands in suspense",
        by_hand=True,
    ),
    Reason.REFUND_REVERSED: Handling(
        _DAY,
        "the customer has not got the money: it is credit, which can be paid out another way; then"
        " close it with what was done",
        by_hand=True,
    ),
    Reason.SET_ASIDE: Handling(
        _DAY,
        "something due was refused by our own rules or database, alone of its batch: it is tried"
        " again every day; mend what the detail names, then close it with what was done",
        by_hand=True,
    ),
    Reason.MODEL_WITHDRAWN: Handling(
        _DAY,
        "rules or an earlier version decide again, and no money was wrong: look at the model"
        " (`ledgerline ml show`, `evaluate`), then close it with what was found; it comes back only"
        " by `ledgerline ml promote`",
        by_hand=True,
    ),
    Reason.BANK_DIFFERS: Handling(
        _DAY, "ask bank and provider who kept the rest; then close it with the answer", by_hand=True
    ),
    Reason.PAYOUT_MISSING: Handling(
        _DAY,
        "look for it at the bank and note it (`ledgerline reconcile bank`), also that the bank took"
        " it back (`… returned`); else ask the provider, and note that it failed (`… failed`). Each"
        " closes this, as does the later payout that contains what failed",
        by_hand=True,
    ),
    Reason.REFUND_STRANDED: Handling(
        2 * _DAY,
        "its account was removed: register the account again, and it goes out; or give the money"
        " back otherwise and say so with `ledgerline evidence propose`, which a second person"
        " approves",
        by_hand=False,
    ),
}
"""What becomes of an exception, by its reason."""
_RANDOM_BITS: Final = 62


def due_at(reason: str, opened_at: datetime) -> datetime:
    """Return by when somebody is to have looked at an exception."""
    return opened_at + HANDLING[Reason(reason)].within


def exception_id(row: ExceptionRow) -> ExceptionId:
    """Name an exception: it keeps its name when it is opened again, and sorts by its first opening.

    One of a reason and a subject is one: whoever opens it at the same instant gives the same name.
    """
    digest = sha256(f"{row.bucket} {row.subject_id} {row.reason}".encode()).digest()
    bits = int.from_bytes(digest[:8]) >> (64 - _RANDOM_BITS)
    opened_ms = int(row.opened_at.timestamp() * 1000)
    return ExceptionId(uuid7(opened_ms, row.bucket, bits))


def overdue_before(now: datetime) -> dict[Reason, datetime]:
    """Say, for each reason, before when an exception was opened that is overdue at ``now``."""
    return {reason: now - handling.within for reason, handling in HANDLING.items()}


def require_by_hand(reason: Reason) -> None:
    """Refuse to close by hand what only a fact ends; says which."""
    handling = HANDLING[reason]
    if not handling.by_hand:
        raise ExceptionNotClosable(f"it ends by itself: {handling.ended_by}", reason=reason)


ADOPTABLE: Final = frozenset({Reason.LATE_SUCCESS, Reason.PROVIDER_TOLD, Reason.LINE_UNMATCHED})
"""Reasons that may tell of money which our books can still take in."""


def require_adoptable(reason: Reason) -> None:
    """Refuse to adopt what tells of no money that the books could take in; says what ends it."""
    if reason not in ADOPTABLE:
        raise ExceptionNotDecidable(
            f"nothing can be adopted here; what ends it: {HANDLING[reason].ended_by}",
            reason="nothing_to_adopt",
        )


def require_refundable(reason: Reason) -> None:
    """Refuse to refund what holds no money of a charge of ours; says what ends it."""
    if reason is not Reason.LATE_SUCCESS:
        raise ExceptionNotDecidable(
            "no money of a charge of ours is in suspense here, so nothing can be refunded; what"
            f" ends it: {HANDLING[reason].ended_by}",
            reason="nothing_to_refund",
        )
