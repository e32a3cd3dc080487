"""Evidence for disputes: when it may be sent, for which reason, and what came of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from ledgerline.payments.capabilities import Capabilities, Evidence
from ledgerline.payments.disputes import DisputeState, EvidenceEvent, EvidenceState
from ledgerline.payments.model import Outcome, Reading
from ledgerline.payments.refusals import (
    DefenceRefused,
    DisputeNotAnswerable,
    EvidenceNotTaken,
    EvidenceTooLate,
)
from ledgerline.payments.rules.ladder import WINDOW_TENTHS_USED, proves_nothing

GONE_AFTER: Final = timedelta(days=1)
"""What the provider has not got by then will not arrive any more."""
LIVE: Final = frozenset({EvidenceState.SENT, EvidenceState.UNKNOWN})
STANDS: Final = LIVE | {EvidenceState.ACCEPTED}
"""Of a stage of a dispute there is one of these at most."""
_ANSWERED: Final = frozenset({DisputeState.UNDER_REVIEW, DisputeState.WON})
_SAYS: Final = {
    Outcome.SUCCEEDED: EvidenceEvent.CONFIRMED,
    Outcome.DECLINED: EvidenceEvent.DECLINED,
}
_WAITS: Final = frozenset({DisputeState.WARNING, DisputeState.NEEDS_RESPONSE, DisputeState.EXPIRED})


class Next(Enum):
    """What is done next about evidence of which nobody knows what came of it."""

    ASK = auto()
    SEND_AGAIN = auto()
    WAIT = auto()


def require_taken(can: Capabilities, *, account: str) -> Evidence:
    """Return how a provider takes evidence; raises ``EvidenceNotTaken``."""
    if can.evidence is None:
        raise EvidenceNotTaken(
            f"{account} takes no evidence by a request: answer it there, and note that",
            account=account,
        )
    return can.evidence


def require_fits(taken: Evidence, *, size: int) -> None:
    """Refuse a pack that is larger than its provider takes; raises ``EvidenceNotTaken``."""
    if size > taken.bytes_max:
        raise EvidenceNotTaken(
            "the pack is larger than the provider takes", bytes=size, bytes_max=taken.bytes_max
        )


def require_time(state: DisputeState, due_by: datetime | None, *, now: datetime) -> None:
    """Refuse evidence that nobody waits for; raises ``EvidenceTooLate``, ``DisputeNotAnswerable``.

    Where the provider named no day it decides itself.
    """
    if state is DisputeState.EXPIRED or (state in _WAITS and due_by is not None and due_by <= now):
        raise EvidenceTooLate(
            "the provider's deadline has passed", due_by=None if due_by is None else str(due_by)
        )
    if state not in _WAITS:
        raise DisputeNotAnswerable(f"it is {state}", state=state)


def choose(names: Sequence[str] | None, asked: str | None) -> str:
    """Return the reason that evidence is sent for; raises ``DefenceRefused``."""
    if names is None:
        raise DefenceRefused("the provider did not say for which reasons it takes evidence")
    if asked is None and names:
        return names[0]
    if asked is None or asked not in names:
        raise DefenceRefused("the provider takes no evidence for that", allowed=list(names))
    return asked


def next_of(
    can: Capabilities, found: Reading | None, *, age: timedelta, due_by: datetime | None,
    now: datetime,
) -> Next:  # fmt: skip
    """Say what is done about evidence; ``found`` is what the last look said, if there was one.

    It is sent again only under a key that is kept still, and only in time.
    """
    taken = can.evidence
    if taken is None:
        return Next.WAIT
    if found is None and taken.lookup:
        return Next.ASK
    nothing = found is None or found.outcome is Outcome.ABSENT
    in_time = due_by is None or now < due_by
    is_kept = age * 10 < can.key_window * WINDOW_TENTHS_USED
    return Next.SEND_AGAIN if nothing and in_time and is_kept else Next.WAIT


def event_of(reading: Reading, *, state: DisputeState, looks: int, age: timedelta) -> EvidenceEvent:
    """Say what a reading means for evidence, where its dispute stands as ``state``.

    What its provider tells of the dispute says it too: evidence is under review, or it does not
    matter any more. Only a day later an absence means that it never arrived.
    """
    outcome = reading.outcome
    if outcome in _SAYS:
        return _SAYS[outcome]
    proven = outcome is Outcome.NOT_EXECUTED and not proves_nothing(reading, looks=looks)
    if not proven and state in _ANSWERED:
        return EvidenceEvent.CONFIRMED
    if not proven and state not in _WAITS:
        return EvidenceEvent.OVERTAKEN
    if proven or (outcome is Outcome.ABSENT and age >= GONE_AFTER):
        return EvidenceEvent.PROVEN_ABSENT
    return EvidenceEvent.ANSWER_LOST
