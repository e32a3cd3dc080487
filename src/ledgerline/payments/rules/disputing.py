"""Disputes: what a fact changes, what of the money moves, and what follows for the payer."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from ledgerline.payments.disputes import (
    DisputeEvent,
    DisputeKind,
    DisputeReason,
    DisputeState,
    WhenLost,
)
from ledgerline.payments.model import DeclineCategory
from ledgerline.payments.rules.lifecycle import DISPUTE

EVIDENCE_MARGIN: Final = timedelta(hours=24)  # before the provider's own deadline
HELD: Final = frozenset(
    {DisputeState.NEEDS_RESPONSE, DisputeState.UNDER_REVIEW, DisputeState.EXPIRED}
)
"""The provider has taken the amount and has not decided: no refund goes out meanwhile."""
LOST: Final = frozenset({DisputeState.ACCEPTED, DisputeState.LOST})
ANSWERABLE: Final = frozenset({DisputeState.WARNING, DisputeState.NEEDS_RESPONSE})
OPEN: Final = HELD | {DisputeState.WARNING}

NO_MORE_BY_MACHINE: Final = frozenset(
    {DisputeReason.FRAUD, DisputeReason.CANCELED_RECURRING, DisputeReason.NOT_AUTHORISED}
)
"""The payer says that the merchant was not allowed to charge: it does not do so again alone."""
DEFAULT_POLICY: Final[Mapping[DisputeKind, WhenLost]] = {
    DisputeKind.CARD: WhenLost.ABSORB,
    DisputeKind.WALLET_CLAIM: WhenLost.ABSORB,
    DisputeKind.BANK_RETURN: WhenLost.RECOLLECT,
}
"""Service goes on while a dispute is open; when it is lost this decides, unless it was set."""
_CLOSED: Final = frozenset({DisputeState.WON, DisputeState.LOST, DisputeState.WITHDRAWN})


class Leg(StrEnum):
    """One move of the money of a dispute."""

    HOLD = "hold"  # it is gone from the provider's account
    RETURN = "return"  # it is there again
    LOSE = "lose"  # it does not come back
    REGAIN = "regain"  # it does after all


class Standing(NamedTuple):
    """A dispute as it is known: its state, and when the newest of what was told happened."""

    state: DisputeState
    told_at: datetime | None


class Contradicted(NamedTuple):
    """A fact for which the state table has no answer: recorded, and people decide."""

    state: DisputeState
    event: DisputeEvent


def decide(
    known: Standing, event: DisputeEvent, *, occurred_at: datetime | None
) -> DisputeState | Contradicted:
    """Say where a dispute stands after a fact; what is older than what is known changes nothing.

    Facts arrive in any order, and the newest decides. A fact without a time is as good as new.
    """
    if occurred_at is not None and known.told_at is not None:
        if occurred_at < known.told_at:
            return known.state
        if occurred_at == known.told_at and known.state in _CLOSED and event is DisputeEvent.OPENED:
            return known.state  # told in one second: it is opened before it is decided
    if event.value == known.state.value:
        return known.state
    if event is DisputeEvent.EXPIRED and known.state is not DisputeState.NEEDS_RESPONSE:
        return known.state  # nobody waited for an answer any more
    after = DISPUTE.table.get((known.state, event))
    return Contradicted(known.state, event) if after is None else after


def legs(before: DisputeState, after: DisputeState, *, was_taken: bool) -> tuple[Leg, ...]:
    """Say what moves between two states; ``was_taken`` says that the amount was held before.

    What is heard of as won was taken and came back: both are in the provider's books.
    """
    if after is DisputeState.WON and before not in HELD | LOST and not was_taken:
        return (Leg.HOLD, Leg.RETURN)
    moves: list[Leg] = []
    if before in LOST and after not in LOST:
        moves.append(Leg.REGAIN)
    if before not in HELD | LOST and after in HELD | LOST:
        moves.append(Leg.HOLD)
    if before in HELD | LOST and after not in HELD | LOST:
        moves.append(Leg.RETURN)
    if before not in LOST and after in LOST:
        moves.append(Leg.LOSE)
    return tuple(moves)


def held_minor(amount_minor: int, *, room_minor: int) -> int:
    """Say how much of a dispute is of money we still had; the rest had gone back before."""
    return min(amount_minor, max(0, room_minor))


def shift(room_minor: int, over: Sequence[int]) -> list[int]:
    """Say how much less is over of each of some disputes, in their order, where money came back.

    ``room_minor`` is what of the payment nobody has had, or is to get.
    """
    parts = []
    for minor in over:
        part = min(minor, max(0, room_minor))
        room_minor -= part
        parts.append(part)
    return parts


def unearned(held: Sequence[int], *, earned_minor: int) -> list[int]:
    """Say how much of what each dispute of a payment holds was not earned, in their order.

    ``held`` is what each has taken, but for what is claimed again and for what credit stands for
    already; ``earned_minor`` is what is left of the invoice by its credit notes and refunds. They
    have what was earned first: whoever disputes no more than that is left all credit.
    """
    return shift(sum(held) - max(0, earned_minor), held)


def stops_mit(reason: DisputeReason) -> bool:
    """Say whether no machine may charge the instrument any more."""
    return reason in NO_MORE_BY_MACHINE


def category_of(kind: DisputeKind, reason: DisputeReason) -> DeclineCategory:
    """Say by which category the plan of the new payment begins: who may try it, and when.

    What the bank sent back for want of money or by an error may be debited again; the payer decides
    about everything else.
    """
    again = {DisputeReason.INSUFFICIENT_FUNDS, DisputeReason.PROCESSING}
    if kind is DisputeKind.BANK_RETURN and reason in again:
        return DeclineCategory.INSUFFICIENT_FUNDS
    return DeclineCategory.REVOKED


def answer_by(due_by: datetime) -> datetime:
    """Return our own deadline for an answer, which comes before the provider's."""
    return due_by - EVIDENCE_MARGIN


class Candidate(NamedTuple):
    """A dispute of the same charge that a fact may be about."""

    psp_ref: str | None
    amount_minor: int
    state: DisputeState


def which(
    known: Sequence[Candidate], *, psp_ref: str | None, event: DisputeEvent, amount_minor: int
) -> int | None:
    """Say which of some disputes of a charge a fact is about; None where it begins another.

    The provider's own name decides. A settlement line has none: it is about a dispute of its amount
    whose money has not moved that way yet. What a line began is named by the webhook that follows.
    """
    named = [n for n, one in enumerate(known) if one.psp_ref is not None and one.psp_ref == psp_ref]
    if named:
        return named[0]
    same = [n for n, one in enumerate(known) if one.amount_minor == amount_minor]
    if psp_ref is not None:
        nameless = [n for n in same if known[n].psp_ref is None]
        return nameless[0] if nameless else None
    gone = HELD | LOST
    if event is DisputeEvent.OPENED:
        fitting = [n for n in same if known[n].state not in gone]
    else:
        fitting = [n for n in same if known[n].state in gone]
    return fitting[-1] if fitting else None
