"""What the log of a subscription says: its terms by date, its state, and the rows they make.

The log is the only record of what was agreed. Entries are deltas: each starts from what the ones
before it left, in the order (effective date, sequence). An intention stands with its date and
changes the future at once; undone, it is as if it had never been. States are facts and follow the
sequence alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final

from ledgerline.base.calendar import Cadence, Grid, start_of
from ledgerline.base.ids import PriceId, SubscriptionId, bucket_of
from ledgerline.subscriptions.model import (
    INTENTIONS,
    LogKind,
    SubscriptionEvent,
    SubscriptionState,
)
from ledgerline.subscriptions.rows import ItemRow, OfferRow
from ledgerline.subscriptions.rules.lifecycle import LIFECYCLE

_STATE_EVENTS: Final = frozenset(event.value for event in SubscriptionEvent)
_FOREVER: Final = date.max


@dataclass(frozen=True, slots=True)
class Step:
    """The terms of one component from a date on, until ``ends_on`` or until the next step."""

    component: str
    plan_code: str
    phase_no: int
    price_id: PriceId
    quantity: int
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A reduction that begins: of which component, from when, until when or for good.

    A fixed amount comes off each period of the cadence ``per``.
    """

    code: str
    component: str
    from_on: date
    until_on: date | None
    periods: int | None
    per: Cadence


@dataclass(frozen=True, slots=True)
class Clock:
    """The grid of the periods, and the date where the next one to bill begins."""

    grid: Grid
    billed_through: date


@dataclass(frozen=True, slots=True)
class Delta:
    """What an entry changes from its effective date on.

    ``steps`` replace the terms of their components, in the quantity that is then in force where it
    ``keeps_quantity``; ``quantities`` change how many, now and in every later step; ``removed``
    components end. ``clock`` is set by what begins another rhythm.
    ``undoes`` names the intentions that are taken back. ``first_item`` is the number of the first
    item that it opens.
    """

    steps: tuple[Step, ...] = ()
    keeps_quantity: bool = False
    quantities: Mapping[str, int] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    clock: Clock | None = None
    undoes: tuple[int, ...] = ()
    first_item: int = 0

    @property
    def sets_terms(self) -> bool:
        """Whether items follow from it."""
        return bool(self.steps or self.quantities or self.removed or self.undoes)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a log, read."""

    seq: int
    kind: LogKind
    effective: date
    delta: Delta = field(default_factory=Delta)


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a log says: every step by component and date, offers, clock, state, what stands."""

    state: SubscriptionState
    steps: tuple[Step, ...]
    offers: tuple[Offer, ...]
    clock: Clock
    ends_on: date | None
    intentions: tuple[Entry, ...]

    def on(self, day: date) -> dict[str, Step]:
        """Return the terms in force on a day, by component."""
        return {step.component: step for step in laid_out(self.steps) if _holds(step, day)}


@dataclass(frozen=True, slots=True)
class Projection:
    """The rows of a subscription as its log and its lines say they must be."""

    state: SubscriptionState
    items: tuple[ItemRow, ...]
    offers: tuple[OfferRow, ...]
    clock: Clock
    next_bill_at: datetime | None
    ends_on: date | None


def fold(log: Sequence[Entry], *, on: date) -> Timeline:
    """Fold a log; an intention whose date has come by ``on`` is no longer one.

    Raises ``StateRefused`` for a log that its state table does not allow; the first entry is
    ``created``.
    """
    undone = {seq for entry in log for seq in entry.delta.undoes}
    standing = [entry for entry in log if entry.seq not in undone]
    created = standing[0]
    assert created.kind is LogKind.CREATED, created
    assert created.delta.clock is not None, created
    steps: list[Step] = []
    offers: list[Offer] = []
    clock = created.delta.clock
    for entry in sorted(standing, key=lambda entry: (entry.effective, entry.seq)):
        steps = _applied(steps, entry)
        offers += entry.delta.offers
    for entry in standing:
        clock = entry.delta.clock or clock
    ends = [entry.effective for entry in standing if entry.kind is LogKind.CANCEL_SCHEDULED]
    return Timeline(
        state=_state(standing),
        steps=tuple(sorted(steps, key=lambda step: (step.component, step.starts_on))),
        offers=tuple(offers),
        clock=clock,
        ends_on=ends[-1] if ends else None,
        intentions=tuple(
            entry for entry in standing if entry.kind in INTENTIONS and entry.effective > on
        ),
    )


def _state(standing: Sequence[Entry]) -> SubscriptionState:
    state = SubscriptionState.INCOMPLETE
    for entry in standing:
        if entry.kind.value in _STATE_EVENTS:
            state = LIFECYCLE.after(state, SubscriptionEvent(entry.kind.value))
    return state


def _applied(steps: Sequence[Step], entry: Entry) -> list[Step]:
    """Apply a delta to the terms from its effective date on; what lies before stays."""
    day, delta = entry.effective, entry.delta
    replaced = {step.component for step in delta.steps} | set(delta.removed)
    kept: list[Step] = []
    for step in steps:
        if step.component in replaced:
            kept += _before(step, day)
        elif step.component in delta.quantities:
            kept += _requantified(step, day, delta.quantities[step.component])
        else:
            kept.append(step)
    if not delta.keeps_quantity:
        return kept + list(delta.steps)
    held = {step.component: step.quantity for step in laid_out(steps) if _holds(step, day)}
    return kept + [
        replace(step, quantity=held.get(step.component, step.quantity)) for step in delta.steps
    ]


def _holds(step: Step, day: date) -> bool:
    return step.starts_on <= day < (step.ends_on or _FOREVER)


def _before(step: Step, day: date) -> list[Step]:
    if step.starts_on >= day:
        return []
    return [replace(step, ends_on=min(step.ends_on or _FOREVER, day))]


def _requantified(step: Step, day: date, quantity: int) -> list[Step]:
    if step.ends_on is not None and step.ends_on <= day:
        return [step]
    after = replace(step, quantity=quantity, starts_on=max(step.starts_on, day))
    return [*_before(step, day), after]


def laid_out(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Give each step the end that the next one of its component sets; drop those without a day."""
    out: list[Step] = []
    by_component: dict[str, list[Step]] = {}
    for step in steps:
        by_component.setdefault(step.component, []).append(step)
    for of_component in by_component.values():
        ordered = sorted(of_component, key=lambda step: step.starts_on)
        for n, step in enumerate(ordered):
            following = ordered[n + 1].starts_on if n + 1 < len(ordered) else _FOREVER
            end = min(step.ends_on or _FOREVER, following)
            if step.starts_on < end:
                out.append(replace(step, ends_on=None if end == _FOREVER else end))
    return tuple(out)


def rebuild(
    subscription_id: SubscriptionId,
    log: Sequence[Entry],
    *,
    billed_until: date | None,
    on: date,
    zone: str,
) -> Projection:
    """Return the rows that follow from a log; ``billed_until`` is how far renewals have billed.

    Renewals count from the newest entry that sets the clock; None says that none has billed since.
    """
    bucket = bucket_of(subscription_id)
    items: tuple[ItemRow, ...] = ()
    for n, entry in enumerate(log, 1):
        if entry.delta.sets_terms:
            steps = laid_out(fold(log[:n], on=date.min).steps)
            items = _items(items, steps, entry, subscription_id)
    timeline = fold(log, on=on)
    clock = timeline.clock
    if billed_until is not None and billed_until > clock.billed_through:
        clock = replace(clock, billed_through=billed_until)
    offers = tuple(
        OfferRow(
            bucket=bucket,
            subscription_id=subscription_id,
            no=no,
            offer_code=offer.code,
            component=offer.component,
            from_on=offer.from_on,
            until_on=offer.until_on,
            periods=offer.periods,
            cadence_count=offer.per.count,
            cadence_unit=offer.per.unit,
        )
        for no, offer in enumerate(timeline.offers, 1)
    )
    return Projection(
        state=timeline.state,
        items=items,
        offers=offers,
        clock=clock,
        next_bill_at=next_due(timeline.state, clock, timeline.ends_on, zone=zone),
        ends_on=timeline.ends_on,
    )


def next_due(
    state: SubscriptionState, clock: Clock, ends_on: date | None, *, zone: str
) -> datetime | None:
    """Return the instant at which something is to be billed or ended; None when never."""
    if state in LIFECYCLE.final or state is SubscriptionState.INCOMPLETE:
        return None
    if state is SubscriptionState.PAUSED:  # nothing is billed: it may rest until it ends
        return None if ends_on is None else start_of(ends_on, zone)
    return start_of(min(clock.billed_through, ends_on or _FOREVER), zone)


def _items(
    rows: Sequence[ItemRow],
    steps: Sequence[Step],
    entry: Entry,
    subscription_id: SubscriptionId,
) -> tuple[ItemRow, ...]:
    """Fit items to steps: ends move earlier, what nothing fits is opened, and nothing is lost.

    A row that no step needs any more ends where it began.
    """
    ends: dict[int, date | None] = {}
    opened: list[ItemRow] = []
    no = entry.delta.first_item
    for step in steps:
        at = step.starts_on
        for row in rows:
            if row.no not in ends and row.starts_on == at and _same(row, step):
                end = min(row.ends_on or _FOREVER, step.ends_on or _FOREVER)
                ends[row.no] = None if end == _FOREVER else end
                at = end
                if at == (step.ends_on or _FOREVER):
                    break
        if at < (step.ends_on or _FOREVER):
            opened.append(
                ItemRow(
                    bucket=bucket_of(subscription_id),
                    subscription_id=subscription_id,
                    no=no,
                    component=step.component,
                    plan_code=step.plan_code,
                    phase_no=step.phase_no,
                    price_id=step.price_id,
                    quantity=step.quantity,
                    starts_on=at,
                    ends_on=step.ends_on,
                )
            )
            no += 1
    kept = [row._replace(ends_on=ends.get(row.no, row.starts_on)) for row in rows]
    return (*kept, *opened)


def _same(row: ItemRow, step: Step) -> bool:
    terms = (row.component, row.plan_code, row.phase_no, row.price_id, row.quantity)
    of_step = (step.component, step.plan_code, step.phase_no, step.price_id, step.quantity)
    return terms == of_step and row.starts_on != row.ends_on
