"""Where a mandate stands by what was told of it, in whatever order that came in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from ledgerline.base.calendar import add_months
from ledgerline.payments.debits import CHARGEABLE, ENDED, MandateEvent, MandateState
from ledgerline.payments.rows.mandates import MandateFactRow, SchemeRuleRow
from ledgerline.payments.rules.lifecycle import MANDATE

AGAIN: Final = timedelta(hours=1)  # after a look that told nothing
DAILY: Final = timedelta(days=1)
_RANKS: Final = {event: rank for rank, event in enumerate(MandateEvent)}
_WAITING: Final = frozenset({MandateState.UNKNOWN, MandateState.PENDING, MandateState.PAUSED})


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a mandate stands, the step that led there, and what stands for it if it is replaced."""

    state: MandateState
    before: str
    event: str
    replaced_by: str | None = None

    @property
    def is_ended(self) -> bool:
        """Say whether nothing is debited by it any more."""
        return self.state in ENDED


def rank_of(event: MandateEvent) -> int:
    """Return what orders facts of one instant: a look sees what was told before it."""
    return _RANKS[event]


def standing(facts: Iterable[MandateFactRow]) -> Standing:
    """Fold what was told, in the order in which it happened.

    A fact that the state it meets has no answer for changes nothing. Since the order is that of
    the facts themselves, it does not matter in which order, or how often, they came in.
    """
    found = Standing(MandateState.UNKNOWN, "-", "created")
    for fact in sorted(facts, key=lambda one: (one.occurred_at, one.rank, one.fact_key)):
        event = MandateEvent(fact.event)
        after = MANDATE.table.get((found.state, event))
        if after is not None and after is not found.state:
            found = Standing(after, found.state, event, fact.replaced_by)
    return found


def is_chargeable(state: str, lapses_on: date | None, *, on: date) -> bool:
    """Say whether a debit by a mandate is sent on a day."""
    return MandateState(state) in CHARGEABLE and not (lapses_on is not None and lapses_on <= on)


def lapses_on(rule: SchemeRuleRow | None, *, since: date) -> date | None:
    """Return the day from which a mandate that rests since a day is void; None for never."""
    if rule is None or rule.lapse_months is None:
        return None
    return add_months(since, rule.lapse_months, anchor_day=since.day)


def next_look(
    state: MandateState, lapses: date | None, *, answered: bool, now: datetime
) -> datetime | None:
    """Return when to look at a mandate again; None where its provider tells what happens.

    What waits for its banks is looked at daily, since a webhook may be lost; one that is in force
    on the day it lapses; one that has ended never.
    """
    if state in ENDED:
        return None
    if not answered:
        return now + AGAIN
    if state in _WAITING:
        return now + DAILY
    if lapses is None:
        return None
    return max(now + DAILY, datetime.combine(lapses, time(), tzinfo=UTC))
