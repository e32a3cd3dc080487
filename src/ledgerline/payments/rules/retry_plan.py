"""The plan by which machines try a payment again: laid at its first failure, then only tightened.

Each further failure gives the next revision under the same policy. Its slots are those of the one
before: used, removed or delayed, never brought forward and never given back. Only another payment
method gets what is left of the calendar anew, and even then nothing of the plan's end moves.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from ledgerline.base.calendar import local_date
from ledgerline.base.ids import PaymentMethodId
from ledgerline.payments.model import DeclineCategory
from ledgerline.payments.rules.advice import Advised
from ledgerline.payments.rules.bank_days import Scheme
from ledgerline.payments.rules.retry import (
    TECHNICAL,
    AwaitPayer,
    GiveUp,
    GiveUpReason,
    Retry,
    Then,
    Tries,
)
from ledgerline.payments.rules.slots import morning, morning_from, payday_from

TECHNICAL_DELAYS: Final = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
SPACING: Final = timedelta(hours=24)  # between two slots, and between a failure and a slot


class Why(StrEnum):
    """Why a slot is when it is, or why it is none any more."""

    CALENDAR = "calendar"
    PAYDAY = "payday"
    ADVICE = "advice"  # not before what the refusal advises
    NETWORK = "network"  # exactly when the network says
    SPACING = "spacing"
    LATE = "late"  # an earlier try came late, so the rest does
    BANK_DAY = "bank_day"
    USED = "used"
    FORBIDDEN = "forbidden"
    ONCE = "once"
    CAP = "cap"
    SCHEME = "scheme"
    UNLIKELY = "unlikely"  # a model takes no moment that is left to be worth a try


_OPEN: Final = frozenset(
    {Why.CALENDAR, Why.PAYDAY, Why.ADVICE, Why.NETWORK, Why.SPACING, Why.LATE, Why.BANK_DAY}
)


class Track(StrEnum):
    """What the next instant of a plan is."""

    SLOT = "slot"
    MODEL = "model"  # a moment that a model chose among those allowed; it takes the next slot
    TECHNICAL = "technical"  # beside the slots: nothing was said about the payer
    PAYER = "payer"  # the payer asked for a try, by this method or another
    END = "end"  # nothing is tried any more: the payer may mend it until then


@dataclass(frozen=True, slots=True)
class Policy:
    """How a market collects: slots in days after the first failure, and where collection ends.

    A plan that is laid for a model has the ``learned_days`` and ends by ``learned_collect_days``
    instead; where there are none, nor has a model any. A try is worth more than ``try_cost_minor``
    (minor units of the market's currency), or a model does without it; 0 asks for nothing.
    """

    version: int
    retry_days: tuple[int, ...] = (2, 7, 14, 21)
    tries_max: int = 8
    collect_days: int = 21
    paydays: tuple[str, ...] = ()
    reminder_days: tuple[int, ...] = ()
    grace_days: int = 14
    learned_days: tuple[int, ...] = ()
    learned_collect_days: int = 0
    try_cost_minor: int = 0


@dataclass(frozen=True, slots=True)
class Slot:
    """One of the tries of a plan: ``day`` days after it began, ``at`` an instant (UTC)."""

    day: int
    at: datetime
    why: Why

    @property
    def is_open(self) -> bool:
        """Say whether it is still to come."""
        return self.why in _OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A refused try of a payment: what it advises and how often it was tried by then.

    ``zone`` is the payer's; ``spread`` a whole number ≥ 0 drawn from the payment's id; ``scheme``
    that of a bank debit.
    """

    category: DeclineCategory | None
    advised: Advised
    tries: Tries
    failed_at: datetime
    method_id: PaymentMethodId
    zone: str
    spread: int
    scheme: Scheme | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A revision of a plan: all its slots with what became of them, and what comes next.

    ``not_before`` is the earliest instant that the last refusal allows; None where it says nothing.
    """

    policy: Policy
    began_at: datetime
    method_id: PaymentMethodId
    slots: tuple[Slot, ...]
    track: Track
    next_at: datetime
    ends_at: datetime
    not_before: datetime | None

    @property
    def open(self) -> tuple[Slot, ...]:
        """Return the slots that are still to come."""
        return tuple(one for one in self.slots if one.is_open)


def begin(policy: Policy, failure: Failure, *, is_learned: bool = False) -> Plan:
    """Lay the plan of a payment at its first failure: by the calendar, or for a model."""
    began_at = failure.failed_at.astimezone(UTC)
    days, last = policy.retry_days, policy.collect_days
    if is_learned:
        days, last = policy.learned_days, policy.learned_collect_days
    slots = _calendar(days, began_at, failure)
    [end] = _calendar([last], began_at, failure)
    if failure.advised.once:
        slots = slots[:1] + _removed(slots[1:], Why.ONCE)
    if failure.advised.is_exact and failure.advised.allows_machine:
        slots = [Slot(slots[0].day, began_at + failure.advised.after, Why.NETWORK), *slots[1:]]
    return _laid(policy, slots, failure, began_at=began_at, ends_at=end.at)


def revise(plan: Plan, failure: Failure) -> Plan:
    """Write the next revision of a plan after a further failure: slots go or wait, none comes."""
    at, slots, ends_at = failure.failed_at.astimezone(UTC), list(plan.slots), plan.ends_at
    is_same = failure.method_id == plan.method_id
    if not is_same:
        slots = _calendar([one.day for one in slots], plan.began_at, failure)
    elif at >= plan.next_at and plan.track in {Track.SLOT, Track.MODEL, Track.TECHNICAL}:
        late = local_date(at, failure.zone) - local_date(plan.next_at, failure.zone)
        slots = _later(slots, plan.next_at, late, failure)
        ends_at = _by(ends_at, late, failure)
    if is_same and plan.track is Track.MODEL:
        slots = _first_used(slots) if at >= plan.next_at else slots
    else:
        slots = [
            replace(one, why=Why.USED) if one.is_open and one.at <= at else one for one in slots
        ]
    if failure.advised.once:
        slots = _removed(slots, Why.ONCE)
    return _laid(plan.policy, slots, failure, began_at=plan.began_at, ends_at=ends_at)


def stopped(plan: Plan) -> Plan:
    """Do without all tries that are left; the payer may mend it as long as they would have."""
    return replace(
        plan,
        slots=tuple(_removed(plan.slots, Why.UNLIKELY)),
        track=Track.END,
        next_at=plan.ends_at,
    )


def then_of(plan: Plan, *, failed_at: datetime) -> Then:
    """Say what a plan means for its payment, just after the failure it was written for."""
    if plan.track is not Track.END:
        return Retry(plan.next_at)
    if plan.ends_at > failed_at:
        return AwaitPayer(plan.ends_at)
    return GiveUp(GiveUpReason.PLAN_USED_UP)


def _calendar(days: Sequence[int], began_at: datetime, failure: Failure) -> list[Slot]:
    first = local_date(began_at, failure.zone)
    return [
        Slot(
            day,
            morning(first + timedelta(days=day), failure.zone, spread=failure.spread),
            Why.CALENDAR,
        )
        for day in days
    ]


def _later(slots: Sequence[Slot], after: datetime, late: timedelta, failure: Failure) -> list[Slot]:
    """Let what comes after a try that was late wait as long as it did."""
    return [
        replace(one, at=_by(one.at, late, failure), why=Why.LATE)
        if late and one.is_open and one.at > after
        else one
        for one in slots
    ]


def _by(at: datetime, late: timedelta, failure: Failure) -> datetime:
    """Move an instant by whole days to a morning of the payer, whatever clocks do meanwhile."""
    if not late:
        return at
    day = local_date(at, failure.zone) + late
    return max(at, morning(day, failure.zone, spread=failure.spread))


def _first_used(slots: Sequence[Slot]) -> list[Slot]:
    """Let a try of a model take the next slot, whenever that was to be."""
    left = next((no for no, one in enumerate(slots) if one.is_open), -1)
    return [replace(one, why=Why.USED) if no == left else one for no, one in enumerate(slots)]


def _removed(slots: Sequence[Slot], why: Why) -> list[Slot]:
    return [replace(one, why=why) if one.is_open else one for one in slots]


def _laid(
    policy: Policy,
    slots: Sequence[Slot],
    failure: Failure,
    *,
    began_at: datetime,
    ends_at: datetime,
) -> Plan:
    """Remove what may not be, delay what comes too early, and say what comes next."""
    at, advised = failure.failed_at.astimezone(UTC), failure.advised
    kept = _moved(_allowed(slots, failure, tries_max=policy.tries_max), policy, failure)
    coming = [one for one in kept if one.is_open]
    track, next_at = Track.END, max([ends_at, *(one.at for one in coming)])
    last = next_at
    if coming:
        track, next_at = Track.SLOT, coming[0].at
    technical = failure.tries.technical
    if (
        failure.category in TECHNICAL
        and failure.scheme is None
        and 0 < technical <= len(TECHNICAL_DELAYS)
        and advised.allows_machine
        and failure.tries.total < policy.tries_max
    ):
        track = Track.TECHNICAL
        next_at = at + max(TECHNICAL_DELAYS[technical - 1], advised.after)
    return Plan(
        policy=policy,
        began_at=began_at,
        method_id=failure.method_id,
        slots=tuple(kept),
        track=track,
        next_at=next_at,
        ends_at=last,
        not_before=at + advised.after if advised.allows_machine and advised.after else None,
    )


def _allowed(slots: Sequence[Slot], failure: Failure, *, tries_max: int) -> list[Slot]:
    """Remove the slots that the refusal, the cap of tries or the scheme do not allow."""
    if not failure.advised.allows_machine:
        return _removed(slots, Why.FORBIDDEN)
    room, scheme = max(0, tries_max - failure.tries.total), failure.scheme
    kept = _first(slots, room, Why.CAP)
    if scheme is None:
        return kept
    if failure.category not in scheme.retried and failure.category not in TECHNICAL:
        return _removed(kept, Why.SCHEME)
    return _first(kept, max(0, scheme.retries_max + 1 - failure.tries.total), Why.SCHEME)


def _first(slots: Sequence[Slot], count: int, why: Why) -> list[Slot]:
    """Keep the first ``count`` of the slots that are to come."""
    kept, left = list[Slot](), count
    for one in slots:
        kept.append(one if not one.is_open or left > 0 else replace(one, why=why))
        left -= one.is_open
    return kept


def _moved(slots: Sequence[Slot], policy: Policy, failure: Failure) -> list[Slot]:
    """Delay each slot to where money, the network and the banks want it, one after the other."""
    at, advised = failure.failed_at.astimezone(UTC), failure.advised
    floor, why = at + SPACING, Why.SPACING
    if advised.after and (advised.is_exact or advised.after > SPACING):
        floor, why = at + advised.after, Why.ADVICE
    waits_for_money = failure.category is DeclineCategory.INSUFFICIENT_FUNDS
    moved = list[Slot]()
    for one in slots:
        if not one.is_open:
            moved.append(one)
            continue
        slot = one
        if waits_for_money and slot.why is not Why.NETWORK:
            slot = _on_payday(slot, policy.paydays, failure)
        if slot.at < floor:
            slot = _from(slot, floor, why, failure)
        if failure.scheme is not None:
            slot = _on_bank_day(slot, failure.scheme, failure)
        moved.append(slot)
        floor, why = slot.at + SPACING, Why.SPACING
    return moved


def _from(slot: Slot, floor: datetime, why: Why, failure: Failure) -> Slot:
    if why is Why.ADVICE and failure.advised.is_exact:
        return replace(slot, at=floor, why=Why.NETWORK)
    return replace(slot, at=morning_from(floor, failure.zone, spread=failure.spread), why=why)


def _on_payday(slot: Slot, paydays: Sequence[str], failure: Failure) -> Slot:
    """Wait for wages from the day of the calendar on, and no longer where it was delayed before."""
    day = local_date(slot.at, failure.zone)
    found = payday_from(day, paydays)
    if found is None or found == day or slot.why is not Why.CALENDAR:
        return slot
    return replace(slot, at=morning(found, failure.zone, spread=failure.spread), why=Why.PAYDAY)


def _on_bank_day(slot: Slot, scheme: Scheme, failure: Failure) -> Slot:
    day = local_date(slot.at, failure.zone)
    found = scheme.bank_day(day)
    if found == day:
        return slot
    at = morning(found, failure.zone, spread=failure.spread)
    return replace(slot, at=at, why=Why.BANK_DAY)
