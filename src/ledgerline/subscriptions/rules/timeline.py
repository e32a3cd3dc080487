"""The fold of a log: what a subscription is, from nothing but its events."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from ledgerline.subscriptions.model import LogKind, SubscriptionEvent, SubscriptionState
from ledgerline.subscriptions.rules.lifecycle import LIFECYCLE

_STATE_EVENTS = frozenset(event.value for event in SubscriptionEvent)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a log: ``plan`` and ``price`` are set where the terms change."""

    seq: int
    kind: LogKind
    effective: date
    plan: str | None = None
    price: str | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """What the log says on a day: state, terms in force, and what stands for later."""

    state: SubscriptionState
    plan: str
    price: str
    ends_on: date | None = None
    next_plan: str | None = None


def fold(log: Sequence[Entry], *, on: date) -> Timeline:
    """Fold a log in its total order (effective date, then sequence).

    An entry whose date lies after ``on`` is standing: it changes nothing yet. Raises
    ``StateRefused`` for a log that its state table does not allow; the first entry is ``created``.
    """
    first, *rest = sorted(log, key=lambda entry: (entry.effective, entry.seq))
    assert first.kind is LogKind.CREATED, first
    assert first.plan is not None, first
    assert first.price is not None, first
    now = Timeline(SubscriptionState.INCOMPLETE, first.plan, first.price)
    for entry in rest:
        now = _after(now, entry, standing=entry.effective > on)
    return now


def _after(now: Timeline, entry: Entry, *, standing: bool) -> Timeline:
    if entry.kind is LogKind.CANCEL_SCHEDULED:
        return replace(now, ends_on=entry.effective, next_plan=None)
    if entry.kind is LogKind.PLAN_CHANGED:
        assert entry.plan is not None, entry
        assert entry.price is not None, entry
        if standing:
            return replace(now, next_plan=entry.plan, ends_on=None)
        return replace(now, plan=entry.plan, price=entry.price, next_plan=None)
    assert entry.kind.value in _STATE_EVENTS, entry
    event = SubscriptionEvent(entry.kind.value)
    return replace(now, state=LIFECYCLE.after(now.state, event))
