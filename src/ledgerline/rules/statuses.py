"""How a subscription stood at the close of each day, by its log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from ledgerline.rules.timeline import Entry
from ledgerline.subscriptions.model import LogKind, SubscriptionEvent, SubscriptionState
from ledgerline.subscriptions.rules.lifecycle import LIFECYCLE


class Status(StrEnum):
    """How a subscription is counted; each has one at a day's close, none before it began."""

    TRIALING = "trialing"
    ACTIVE = "active"
    CANCELLING = "cancelling"  # active, and its end is planned
    PAST_DUE = "past_due"
    PAUSED = "paused"
    COMPED = "comped"  # runs, and nothing is paid for it
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry of a log, the local day on which it was written, and what brought it about."""

    entry: Entry
    on: date
    cause: str


@dataclass(frozen=True, slots=True)
class Span:
    """From which day on a status holds, until the next span; ``cause`` is what brought it about."""

    start: date
    status: Status
    cause: str


_STATUS: Final = {
    "trialing": Status.TRIALING,
    "active": Status.ACTIVE,
    "past_due": Status.PAST_DUE,
    "paused": Status.PAUSED,
    "canceled": Status.ENDED,
}
_EVENTS: Final = frozenset(event.value for event in SubscriptionEvent)


def statuses(log: Sequence[Recorded], *, ends_on: date | None) -> tuple[Span, ...]:
    """Return the spans of a log in order; none of what never began.

    A move holds from its effective day on, whatever was said of later days before it. A planned end
    is one though nobody has recorded yet that its day has come: ``ends_on`` is the one that stands.
    """
    spans: list[Span] = []
    state = SubscriptionState.INCOMPLETE
    for one in log:
        kind = one.entry.kind.value
        if kind in _EVENTS:
            state = LIFECYCLE.after(state, SubscriptionEvent(kind))
            status = _STATUS.get(state.value)
            if status is not None:
                spans = _set(spans, Span(one.entry.effective, status, one.cause))
    if spans and ends_on is not None and _at(spans, ends_on) is not Status.ENDED:
        spans = _set(spans, Span(ends_on, Status.ENDED, "customer"))
    return tuple(_cancelling(spans, log))


def _set(spans: Sequence[Span], span: Span) -> list[Span]:
    return [one for one in spans if one.start < span.start] + [span]


def _at(spans: Sequence[Span], day: date) -> Status | None:
    return next((one.status for one in reversed(spans) if one.start <= day), None)


def _cancelling(spans: Sequence[Span], log: Sequence[Recorded]) -> list[Span]:
    """Let what is active be cancelling from when its end was planned until that was undone."""
    undone = {seq: one.entry.effective for one in log for seq in one.entry.delta.undoes}
    planned = [
        (one.on, undone.get(one.entry.seq, date.max))
        for one in log
        if one.entry.kind is LogKind.CANCEL_SCHEDULED
    ]
    if not planned:
        return list(spans)
    found: list[Span] = []
    for n, span in enumerate(spans):
        if span.status is not Status.ACTIVE:
            found.append(span)
            continue
        end = spans[n + 1].start if n + 1 < len(spans) else date.max
        days = {span.start, *(day for both in planned for day in both if span.start < day < end)}
        for day in sorted(days):
            is_planned = any(since <= day < until for since, until in planned)
            found.append(Span(day, Status.CANCELLING if is_planned else Status.ACTIVE, span.cause))
    return found
