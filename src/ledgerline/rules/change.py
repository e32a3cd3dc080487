"""What a change of plan or quantity does: what ends, what begins, who owes what, what is next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from ledgerline.base.calendar import Grid, Period, local_date
from ledgerline.base.ids import SubscriptionId
from ledgerline.catalog.rows import PriceRow
from ledgerline.pricing.model import Priced
from ledgerline.pricing.rules.credit import seats
from ledgerline.rules.charged import (
    Charged,
    Credited,
    Withheld,
    given_back,
    kept_from,
    kept_units,
    total,
)
from ledgerline.rules.lines import Bill, bill
from ledgerline.rules.phases import Sale, Shelf, lay_out
from ledgerline.rules.quote import Next, next_charge
from ledgerline.rules.renewal import base_on
from ledgerline.rules.terms import Book, cadence_of
from ledgerline.rules.timeline import (
    Clock,
    Delta,
    Entry,
    Projection,
    Step,
    Timeline,
    fold,
    rebuild,
)
from ledgerline.subscriptions.model import (
    BASE,
    SETUP,
    Attached,
    ChangeRefused,
    LogKind,
    NothingToChange,
    SettleFirst,
    SubscriptionState,
    Timing,
    is_fee,
)
from ledgerline.subscriptions.rows import ItemRow, SubscriptionRow

NO_BILL = Bill(Priced((), ()), ())


@dataclass(frozen=True, slots=True)
class Change:
    """What a subscription becomes: another plan, another quantity of it, or both; and when.

    ``attached`` is what the customer accepted with it.
    """

    subscription_id: SubscriptionId
    plan_code: str | None
    quantity: int | None
    timing: Timing
    attached: Attached = Attached()  # noqa: RUF009 - it is frozen


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a change does, whole: nothing else happens.

    ``entry`` is what the log will say and ``after`` the rows that follow. ``credits`` is given back
    and ``bill`` charged now, its lines being those of ``opened``; both are empty when the change
    waits for ``entry.effective``. ``withheld`` is owed should refunds under way fail. ``price`` is
    that of the base from ``entry.effective`` on.
    """

    subscription: SubscriptionRow
    entry: Entry
    after: Projection
    credits: tuple[Credited, ...]
    withheld: tuple[Withheld, ...]
    bill: Bill
    opened: tuple[ItemRow, ...]
    period: Period | None
    price: PriceRow
    next: Next | None

    @property
    def credited_minor(self) -> int:
        """What is given back, with tax."""
        return total(self.credits)

    @property
    def charged_minor(self) -> int:
        """What is charged now, with tax."""
        return self.bill.gross_minor

    @property
    def is_order(self) -> bool:
        """Whether something is bought: another plan, now or later, or more of what is held."""
        return self.charged_minor > 0 or any(
            not is_fee(step.component) for step in self.entry.delta.steps
        )

    def due_minor(self, balance_minor: int) -> int:
        """Return what is left to pay now, after what is given back and the customer's credit."""
        return max(0, self.charged_minor - self.credited_minor - balance_minor)


def propose(
    subscription: SubscriptionRow,
    log: Sequence[Entry],
    charged: Sequence[Charged],
    change: Change,
    *,
    sale: Sale,
    now: datetime,
) -> Proposal:
    """Decide a change. ``charged`` are the paid lines that reach beyond today, oldest first.

    At once, the unused days of the old plan are given back and the days that remain are charged at
    the new price; another cadence begins a new grid today, and add-ons go along or end. More units
    are charged for the days that remain at the price that is held, fewer are given back. At the
    period's end, and in a trial, the next renewal bills the new terms. To change to what is in
    force takes back a change that waits, at the price that is held. The day of the change belongs
    to the new terms.

    Raises ``SettleFirst``, ``ChangeRefused``, ``NothingToChange`` and what shelf and prices raise.
    """
    today = local_date(now, subscription.zone)
    timeline = fold(log, on=today)
    _refuse(subscription)
    held = timeline.on(today)[BASE]
    waiting = _waiting(timeline, change)
    plan_code = change.plan_code or held.plan_code
    quantity = held.quantity if change.quantity is None else change.quantity
    if (plan_code, quantity) == (held.plan_code, held.quantity):
        return _taken_back(subscription, log, waiting, book=sale.book, today=today)
    waits = change.timing is Timing.PERIOD_END or subscription.state == SubscriptionState.TRIALING
    if not waits and subscription.billed_through <= today:
        raise ChangeRefused("the period that has begun is not billed yet: try again shortly")
    day = subscription.billed_through if waits else today
    if plan_code == held.plan_code:
        kind = LogKind.QUANTITY_CHANGED
        delta = Delta(quantities={BASE: quantity})
    else:
        kind = LogKind.PLAN_CHANGED
        price = _price(subscription, sale.shelf, plan_code)
        delta = _of_plan(timeline.on(day), change, price, shelf=sale.shelf, day=day, waits=waits)
        delta = replace(delta, clock=None if waits else _new_clock(subscription, price, day))
    delta = replace(delta, undoes=waiting, first_item=subscription.item_seq + 1)
    entry = _entry(log, LogKind.CHANGE_SCHEDULED if waits else kind, day, delta)
    proposal = _proposal(subscription, log, entry, book=sale.book, today=today)
    if waits:
        return proposal
    if kind is LogKind.QUANTITY_CHANGED:
        more = quantity - held.quantity
        return _with_seats(proposal, charged, more, book=sale.book, today=today)
    return _with_plan(proposal, charged, sale.book, today)


def _taken_back(
    subscription: SubscriptionRow,
    log: Sequence[Entry],
    waiting: tuple[int, ...],
    *,
    book: Book,
    today: date,
) -> Proposal:
    """Change to what is in force: what waits is undone."""
    if not waiting:
        raise NothingToChange("the subscription is that already")
    back = Delta(undoes=waiting, first_item=subscription.item_seq + 1)
    entry = _entry(log, LogKind.UNDONE, today, back)
    return _proposal(subscription, log, entry, book=book, today=today)


def _refuse(subscription: SubscriptionRow) -> None:
    if subscription.state == SubscriptionState.PAST_DUE:
        raise SettleFirst("an invoice of this subscription is unpaid")
    ends_on = subscription.ends_on
    if ends_on is not None:
        raise ChangeRefused(
            "the subscription is about to end: take that back first", ends_on=ends_on.isoformat()
        )
    if subscription.state not in {SubscriptionState.TRIALING, SubscriptionState.ACTIVE}:
        raise ChangeRefused("the subscription is not running", state=subscription.state)


def _waiting(timeline: Timeline, change: Change) -> tuple[int, ...]:
    """Find the changes that wait and are replaced: those of the plan, of the quantity, or both."""
    return tuple(
        one.seq
        for one in timeline.intentions
        if (change.plan_code is not None and one.delta.steps)
        or (change.quantity is not None and one.delta.quantities)
    )


def _entry(log: Sequence[Entry], kind: LogKind, day: date, delta: Delta) -> Entry:
    return Entry(seq=log[-1].seq + 1, kind=kind, effective=day, delta=delta)


def _price(subscription: SubscriptionRow, shelf: Shelf, plan_code: str) -> PriceRow:
    price = shelf.base(plan_code)
    if (price.family, price.currency) != (subscription.family, subscription.currency):
        raise ChangeRefused("the plan is of another family or currency", plan=plan_code)
    return price


def _of_plan(
    held: Mapping[str, Step],
    change: Change,
    price: PriceRow,
    *,
    shelf: Shelf,
    day: date,
    waits: bool,
) -> Delta:
    """Another plan, with its fee; add-ons of another cadence become their siblings, or end.

    With what is replaced goes its fee, where none was due yet.
    """
    steps = _steps(shelf, price.plan_code, change.quantity or held[BASE].quantity, day)
    kept: set[str] = set()
    for component, step in held.items():
        if is_fee(component) and not waits:  # it was due with the first paid day, and is billed
            kept.add(component)
        if component == BASE or is_fee(component):
            continue
        plan_code = shelf.sibling(component, base_plan_code=price.plan_code)
        if plan_code == step.plan_code:
            kept |= {component, f"{SETUP}:{component}"}
        elif plan_code is not None:
            steps += _steps(shelf, plan_code, step.quantity, day)
    kept |= {step.component for step in steps}
    return Delta(
        steps=steps,
        keeps_quantity=change.quantity is None,
        removed=tuple(component for component in held if component not in kept),
    )


def _new_clock(subscription: SubscriptionRow, price: PriceRow, day: date) -> Clock | None:
    cadence = cadence_of(price)
    if cadence == subscription.grid.cadence:
        return None
    grid = Grid(day, cadence, day.day)
    return Clock(grid, grid.boundary(1))


def _steps(shelf: Shelf, plan_code: str, quantity: int, day: date) -> tuple[Step, ...]:
    return lay_out(
        shelf, plan_code, quantity=quantity, starts_on=day, first_paid=day, with_intro=False
    )


def _proposal(
    subscription: SubscriptionRow,
    log: Sequence[Entry],
    entry: Entry,
    *,
    book: Book,
    today: date,
) -> Proposal:
    own_clock = entry.delta.clock is not None
    after = rebuild(
        subscription.id,
        [*log, entry],
        billed_until=None if own_clock else subscription.billed_through,
        on=today,
        zone=subscription.zone,
    )
    first = entry.delta.first_item
    return Proposal(
        subscription=subscription,
        entry=entry,
        after=after,
        credits=(),
        withheld=(),
        bill=NO_BILL,
        opened=tuple(item for item in after.items if item.no >= first),
        period=None,
        price=book.price(base_on(after.items, entry.effective).price_id),
        next=next_charge(after, book),
    )


def _with_plan(proposal: Proposal, charged: Sequence[Charged], book: Book, today: date) -> Proposal:
    """Give the rest of the replaced components back and charge what was opened in their place."""
    delta, after = proposal.entry.delta, proposal.after
    grid = after.clock.grid
    whole = grid.period(grid.index_of(today))
    assert whole.end == after.clock.billed_through, (whole, after.clock)
    period = Period(today, whole.end)
    ended = {step.component for step in delta.steps} | set(delta.removed)
    replaced = [one for one in charged if one.component in ended]
    return replace(
        proposal,
        credits=given_back(replaced, cut=today),
        withheld=kept_from(replaced, cut=today),
        bill=bill(proposal.opened, after.offers, period=period, grid=whole, book=book),
        period=period,
    )


def _with_seats(
    proposal: Proposal, charged: Sequence[Charged], more: int, *, book: Book, today: date
) -> Proposal:
    """Charge the units that came to it for the days that remain, or give back those that went."""
    of_base = [one for one in charged if one.component == BASE]
    if more < 0:
        by_line = {id(one.line): one for one in of_base}
        found = seats([one.line for one in of_base], fewer=-more, cut=today)
        return replace(
            proposal,
            credits=tuple(Credited(by_line[id(line)], credit) for line, credit in found),
            withheld=kept_units(of_base, found, fewer=-more, cut=today),
        )
    after = proposal.after
    grid = after.clock.grid
    whole = grid.period(grid.index_of(today))
    assert whole.end == after.clock.billed_through, (whole, after.clock)
    period = Period(today, whole.end)
    added = base_on(proposal.opened, today)._replace(quantity=more)
    by_unit = [  # an amount comes off once a period, and has: a percentage off each unit
        offer for offer in after.offers if book.coupon(offer.offer_code).percent_ppm is not None
    ]
    return replace(
        proposal,
        bill=bill([added], by_unit, period=period, grid=whole, book=book),
        opened=(added,),
        period=period,
    )
