"""How an attempt or refund without a known end is resolved: when to look, and what to do then."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ledgerline.payments.model import (
    Capabilities,
    EvidenceKind,
    LookupKind,
    Outcome,
    Reading,
)

DELAYS: Final = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
DAILY: Final = timedelta(days=1)
ANSWER_MARGIN: Final = timedelta(seconds=2)  # how long after its deadline an answer is lost
# Providers prune keys on their clock, not on ours: nine tenths of the published window are used.
WINDOW_TENTHS_USED: Final = 9

# An answer that our *call* did not execute says nothing about an earlier call under the same key.
PROVES_ABSENCE: Final = frozenset(
    {EvidenceKind.VOID_CONFIRMED, EvidenceKind.WITHDRAWN, EvidenceKind.OPERATOR}
)


@dataclass(frozen=True, slots=True)
class Settle:
    """The reading is evidence: end the attempt with it."""

    reading: Reading


@dataclass(frozen=True, slots=True)
class Ask:
    """Look the reference up at the provider."""


@dataclass(frozen=True, slots=True)
class ReplaySameKey:
    """Send the identical request once more, to the same account, under the same key."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing is known yet: look again later. Age alone never ends an attempt."""


Step = Settle | ReplaySameKey | Wait


def proves_nothing(reading: Reading, *, looks: int) -> bool:
    """Say whether a call that did not execute is no evidence, because others may have called too.

    The resolver replays the same key. A process that was paused before its own first byte wakes up
    later and reports truthfully that *it* sent nothing.
    """
    unsent = reading.outcome is Outcome.NOT_EXECUTED
    return unsent and looks > 0 and reading.kind not in PROVES_ABSENCE


def first_look(sent_at: datetime, call_deadline: timedelta) -> datetime:
    """Return when an attempt is looked at whose call has not been answered by its deadline."""
    return sent_at + call_deadline + ANSWER_MARGIN


def next_look(looks: int, now: datetime, *, retry_after_seconds: int | None = None) -> datetime:
    """Return when to look again after ``looks`` looks, the present one not counted: daily at last.

    The first delay follows the look at the deadline of the call itself. Never before the provider
    wants to be asked again.
    """
    assert looks >= 0, looks
    delay = DELAYS[looks] if looks < len(DELAYS) else DAILY
    return now + max(delay, timedelta(seconds=retry_after_seconds or 0))


def first_step(
    capabilities: Capabilities, *, sent_at: datetime, now: datetime, wanted: bool, named: bool
) -> Ask | ReplaySameKey | Wait:
    """Decide how to find out what became of an attempt: ask if that is possible, else replay.

    ``named`` says that the provider told its own id of it. Where only the key can be looked up, a
    key that may be pruned is no longer asked for. Where nothing can, the replay is the question:
    the key answers it with the first result.
    """
    match capabilities.lookup:
        case LookupKind.BY_REFERENCE:
            return Ask()
        case LookupKind.BY_ID if named:
            return Ask()
        case LookupKind.BY_KEY if _key_is_kept(now - sent_at, capabilities):
            return Ask()
        case LookupKind.NONE | LookupKind.BY_ID if wanted and _may_replay(
            now - sent_at, capabilities
        ):
            return ReplaySameKey()
        case _:
            return Wait()


def next_step(
    reading: Reading,
    capabilities: Capabilities,
    *,
    sent_at: datetime,
    now: datetime,
    wanted: bool,
) -> Step:
    """Decide what a reading of an unresolved attempt leads to.

    ``reading`` is a lookup's, a replay's, a webhook's or an operator's; ``wanted`` says that the
    invoice is open and nobody canceled. *Absent* is no evidence, since the first call may still
    be travelling; a replay is safe all the same because the key makes both one.
    """
    match reading.outcome:
        case Outcome.SUCCEEDED | Outcome.DECLINED:
            return Settle(reading)
        case Outcome.NOT_EXECUTED if reading.kind in PROVES_ABSENCE:
            return Settle(reading)
        case Outcome.ABSENT if wanted and _may_replay(now - sent_at, capabilities):
            return ReplaySameKey()
        case _:
            return Wait()


def _may_replay(age: timedelta, capabilities: Capabilities) -> bool:
    """Say whether a replay is no second try: who forgets refusals would ask the bank again."""
    return capabilities.replays_refusals and _key_is_kept(age, capabilities)


def _key_is_kept(age: timedelta, capabilities: Capabilities) -> bool:
    return age * 10 < capabilities.key_window * WINDOW_TENTHS_USED
