"""How an attempt or refund without a known end is resolved: when to look, and what to do then."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from ledgerline.payments.capabilities import CancelKind, Capabilities, LookupKind
from ledgerline.payments.model import EvidenceKind, Initiator, Outcome, Reading

DELAYS: Final = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
DAILY: Final = timedelta(days=1)
WANTED_FOR: Final = timedelta(minutes=30)  # what a payer started who has left without a word
ANSWER_MARGIN: Final = timedelta(seconds=2)  # how long after its deadline an answer is lost
# Providers prune keys on their clock, not on ours. Where theirs was seen, nine tenths of the
# published window are used; else five, since ours may have stood still or been set back.
WINDOW_TENTHS_USED: Final = 9
WINDOW_TENTHS_UNSEEN: Final = 5

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
class CancelThere:
    """Have the provider end it, so that it is never executed."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing is known yet: look again later. Age alone never ends an attempt."""


Step = Settle | ReplaySameKey | CancelThere | Wait


class Wish(StrEnum):
    """Whether a charge is still to be executed."""

    WANTED = "wanted"
    LATE = "late"  # its payer has been gone for too long to be charged without a word
    GIVEN_UP = "given_up"  # its payment is closed


def wish_of(initiator: Initiator, *, is_open: bool, sent_at: datetime, now: datetime) -> Wish:
    """Say whether a charge is wanted; ``is_open`` says that its payment still collects."""
    if not is_open:
        return Wish.GIVEN_UP
    if initiator is Initiator.CUSTOMER and now - sent_at >= WANTED_FOR:
        return Wish.LATE
    return Wish.WANTED


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


def age_of(sent_at: datetime, *, now: datetime, there: datetime | None) -> timedelta:
    """Return how old a key may be by the later of our clock and the provider's, ``there``.

    Where nobody knows what time it is there, a key counts as older than it is: half of the window
    is left to be wrong in.
    """
    if there is not None:
        return max(now, there) - sent_at
    return (now - sent_at) * WINDOW_TENTHS_USED / WINDOW_TENTHS_UNSEEN


def first_step(
    capabilities: Capabilities,
    *,
    age: timedelta,
    wish: Wish,
    named: bool,
    acts: bool = False,
) -> Ask | ReplaySameKey | CancelThere | Wait:
    """Decide how to find out what became of an attempt: ask if that is possible, else replay.

    ``age`` is that of the key (``age_of``). ``named`` says that the provider told its own id of it,
    ``acts`` that its payer was asked to act. Where only the key can be looked up, a key that may be
    pruned is no longer asked for. Where nothing can, the replay is the question: the key answers it
    with the first result.
    """
    if _can_ask(age, capabilities, named=named):
        return Ask()
    may_be = (Outcome.REQUIRES_ACTION,) if acts else (Outcome.UNKNOWN, Outcome.ABSENT)
    if any(_is_to_end(one, capabilities, wish) for one in may_be):
        return CancelThere()
    answers_keys = capabilities.lookup in {LookupKind.NONE, LookupKind.BY_ID}
    if answers_keys and not acts and _may_send(age, capabilities, wish):
        return ReplaySameKey()
    return Wait()


def next_step(
    reading: Reading,
    capabilities: Capabilities,
    *,
    age: timedelta,
    wish: Wish,
    lacks_page: bool = False,
) -> Step:
    """Decide what a reading of an unresolved attempt leads to.

    ``reading`` is a lookup's, a replay's, a webhook's or an operator's. *Absent* is no evidence,
    since the first call may still be travelling; a replay is safe all the same because the key
    makes both one. What is not wanted is not sent again but ended at the provider, where it can.
    ``lacks_page`` says that a payer is waited for whom nobody could send there yet: a replay tells
    where they have to go.
    """
    match reading.outcome:
        case Outcome.SUCCEEDED | Outcome.DECLINED:
            return Settle(reading)
        case Outcome.NOT_EXECUTED if reading.kind in PROVES_ABSENCE:
            return Settle(reading)
        case Outcome.ABSENT if _may_send(age, capabilities, wish):
            return ReplaySameKey()
        case Outcome.REQUIRES_ACTION if (
            lacks_page and wish is Wish.WANTED and _may_replay(age, capabilities)
        ):
            return ReplaySameKey()
        case outcome if _is_to_end(outcome, capabilities, wish):
            return CancelThere()
        case _:
            return Wait()


def _can_ask(age: timedelta, capabilities: Capabilities, *, named: bool) -> bool:
    match capabilities.lookup:
        case LookupKind.BY_REFERENCE:
            return True
        case LookupKind.BY_ID:
            return named
        case LookupKind.BY_KEY:
            return _key_is_kept(age, capabilities)
        case LookupKind.NONE:
            return False


def _is_to_end(outcome: Outcome, capabilities: Capabilities, wish: Wish) -> bool:
    """Say whether the provider is told to end what stands like this.

    What it holds for days, a bank debit for example, is not late.
    """
    if wish is Wish.WANTED or capabilities.cancel is CancelKind.NONE:
        return False
    if outcome is Outcome.ABSENT:
        return capabilities.cancel is CancelKind.BY_REFERENCE
    held = {Outcome.PENDING, Outcome.UNKNOWN}
    return outcome is Outcome.REQUIRES_ACTION or (wish is Wish.GIVEN_UP and outcome in held)


def _may_send(age: timedelta, capabilities: Capabilities, wish: Wish) -> bool:
    """Say whether it may be sent again.

    What is late is ended instead where that is possible even for a charge that never arrived;
    elsewhere it would stay open for ever (decision 0031).
    """
    match wish:
        case Wish.WANTED:
            return _may_replay(age, capabilities)
        case Wish.LATE:
            ends = capabilities.cancel is CancelKind.BY_REFERENCE
            return not ends and _may_replay(age, capabilities)
        case Wish.GIVEN_UP:
            return False


def _may_replay(age: timedelta, capabilities: Capabilities) -> bool:
    """Say whether a replay is no second try: who forgets refusals would ask the bank again."""
    return capabilities.replays_refusals and _key_is_kept(age, capabilities)


def _key_is_kept(age: timedelta, capabilities: Capabilities) -> bool:
    return age * 10 < capabilities.key_window * WINDOW_TENTHS_USED
