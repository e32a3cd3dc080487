"""Rest and go on: what a pause gives back, what a resumption charges, where a downgrade leads."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from ledgerline.base.calendar import Grid, Period, add_months, local_date
from ledgerline.base.money import Currency, Money
from ledgerline.catalog.rows import PriceRow
from ledgerline.rules.change import Proposal
from ledgerline.rules.charged import Charged, Credited, Withheld, given_back, kept_from, total
from ledgerline.rules.lines import bill
from ledgerline.rules.phases import Sale, lay_out
from ledgerline.rules.quote import next_charge
from ledgerline.rules.renewal import base_on
from ledgerline.rules.terms import Book, cadence_of, on_sale
from ledgerline.rules.timeline import Clock, Delta, Entry, Projection, fold, laid_out, rebuild
from ledgerline.subscriptions.model import (
    BASE,
    SETUP,
    Anchor,
    ChangeRefused,
    LogKind,
    NotPaused,
    PauseLimitReached,
    SettleFirst,
    SubscriptionState,
    is_fee,
)
from ledgerline.subscriptions.rows import SubscriptionRow

PAUSE_MONTHS: Final = 3  # then a subscription that nobody resumed ends
PAUSES_MAX: Final = 2  # within a year
_YEAR: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Pausing:
    """A pause from now on: what is given back of paid lines, and when the subscription ends.

    ``ends_on`` is the day on which it ends unless it is resumed before; ``before_minor`` is what
    the invoices of the lines gave back before.
    """

    subscription: SubscriptionRow
    ends_on: date
    credits: tuple[Credited, ...]
    withheld: tuple[Withheld, ...]
    before_minor: int = 0

    @property
    def credited_minor(self) -> int:
        """What is given back, with tax."""
        return total(self.credits)

    @property
    def given_back(self) -> Money:
        """The same, if it is anything with what went back before: what a person answers for."""
        minor = self.credited_minor
        minor += self.before_minor if minor else 0
        return Money(minor, Currency(self.subscription.currency))


def pause(
    subscription: SubscriptionRow,
    log: Sequence[Entry],
    charged: Sequence[Charged],
    *,
    now: datetime,
) -> Pausing:
    """Decide a pause by the customer, from today on; ``charged`` are the paid lines beyond it.

    The days from today on are credited. Raises ``ChangeRefused`` for what is
    not active, about to end or to change, ``SettleFirst`` for what is late, and
    ``PauseLimitReached`` for a third pause within a year, whoever asked for the others.
    """
    today = local_date(now, subscription.zone)
    _refuse(subscription, log, today)
    begun = [one.effective for one in log if one.kind is LogKind.PAUSED]
    lately = [day for day in begun if day > today - _YEAR]
    if len(lately) >= PAUSES_MAX:
        until = lately[-PAUSES_MAX] + _YEAR
        raise PauseLimitReached("it was paused twice within a year", until=until.isoformat())
    return Pausing(
        subscription=subscription,
        ends_on=rests_until(today),
        credits=given_back(charged, cut=today),
        withheld=kept_from(charged, cut=today),
    )


def _refuse(subscription: SubscriptionRow, log: Sequence[Entry], today: date) -> None:
    if subscription.state == SubscriptionState.PAST_DUE:
        raise SettleFirst("an invoice of this subscription is unpaid")
    if subscription.state != SubscriptionState.ACTIVE:
        raise ChangeRefused("only an active subscription can be paused", state=subscription.state)
    timeline = fold(log, on=today)
    for planned in timeline.intentions:
        raise ChangeRefused(
            "something is planned for the subscription: take that back first", seq=planned.seq
        )
    if subscription.billed_through <= today:
        raise ChangeRefused("the period that has begun is not billed yet: try again shortly")
    if timeline.on(today)[BASE].starts_on == today:
        raise ChangeRefused("it began today: it can be paused from tomorrow on")


def rest(
    subscription: SubscriptionRow, log: Sequence[Entry], *, on: date
) -> tuple[Entry, Projection]:
    """Plan the end of what was paused on a day; changes that were planned are dropped."""
    planned = fold(log, on=on).intentions
    entry = Entry(
        seq=log[-1].seq + 1,
        kind=LogKind.CANCEL_SCHEDULED,
        effective=rests_until(on),
        delta=Delta(undoes=tuple(one.seq for one in planned), first_item=subscription.item_seq + 1),
    )
    after = rebuild(
        subscription.id,
        [*log, entry],
        billed_until=subscription.billed_through,
        on=on,
        zone=subscription.zone,
    )
    return entry, after


def rests_until(day: date) -> date:
    """Return the day on which a subscription that is paused on ``day`` ends, if nobody resumes."""
    return add_months(day, PAUSE_MONTHS, anchor_day=day.day)


def resume(
    subscription: SubscriptionRow,
    log: Sequence[Entry],
    book: Book,
    *,
    anchor: Anchor,
    now: datetime,
) -> Proposal:
    """Decide a resumption today: the terms that were held go on, as new items, and are charged.

    With the old boundaries the days to the next one are charged, otherwise a whole period from
    today. What was to end the pause is taken back. Raises ``NotPaused``.
    """
    if subscription.state != SubscriptionState.PAUSED:
        raise NotPaused("the subscription is not paused", state=subscription.state)
    today = local_date(now, subscription.zone)
    timeline = fold(log, on=today)
    steps = tuple(
        replace(step, starts_on=max(step.starts_on, today))
        for step in laid_out(timeline.steps)
        if (step.ends_on is None or step.ends_on > today) and not is_fee(step.component)
    )
    held = next(one for one in steps if one.component == BASE and one.starts_on == today)
    cadence = cadence_of(book.price(held.price_id))
    keeps = anchor is Anchor.KEEP and cadence == subscription.grid.cadence
    grid = subscription.grid if keeps else Grid(today, cadence, today.day)
    ends = tuple(one.seq for one in timeline.intentions if one.kind is LogKind.CANCEL_SCHEDULED)
    delta = Delta(steps=steps, clock=_clock(grid, today), undoes=ends)
    return _begun(subscription, log, LogKind.RESUMED, delta, book=book, today=today)


def downgrade(
    subscription: SubscriptionRow,
    log: Sequence[Entry],
    plan_code: str,
    *,
    sale: Sale,
    now: datetime,
) -> Proposal | None:
    """Decide that an unpaid subscription goes on with a plan that costs nothing, from today on.

    Add-ons end, and what was planned is dropped. None when the plan is not free any more: nobody
    agreed to be charged for it.
    """
    today = local_date(now, subscription.zone)
    timeline = fold(log, on=today)
    price = _free(sale, plan_code, today)
    if price is None or price.family != subscription.family:
        return None
    held = timeline.on(today)
    steps = lay_out(
        sale.shelf,
        plan_code,
        quantity=held[BASE].quantity,
        starts_on=today,
        first_paid=today,
        with_intro=False,
    )
    removed = tuple(one for one in held if one != BASE and not is_fee(one))
    cadence = cadence_of(price)
    same = cadence == subscription.grid.cadence
    grid = subscription.grid if same else Grid(today, cadence, today.day)
    planned = tuple(one.seq for one in timeline.intentions)
    delta = Delta(steps=steps, removed=removed, clock=_clock(grid, today), undoes=planned)
    return _begun(subscription, log, LogKind.PLAN_CHANGED, delta, book=sale.book, today=today)


def _free(sale: Sale, plan_code: str, today: date) -> PriceRow | None:
    """Find the price of a plan of one phase that costs nothing today, whether still sold or not."""
    phases = sale.shelf.phases.get(plan_code, ())
    prices = sale.shelf.prices
    if len(phases) != 1:
        return None
    price = on_sale(prices, plan_code=plan_code, phase_no=1, component=BASE, on=today)
    fee = on_sale(prices, plan_code=plan_code, phase_no=1, component=SETUP, on=today)
    return None if price is None or price.unit_num or fee is not None else price


def _clock(grid: Grid, today: date) -> Clock:
    return Clock(grid, grid.period(grid.index_of(today)).end)


def _begun(
    subscription: SubscriptionRow,
    log: Sequence[Entry],
    kind: LogKind,
    delta: Delta,
    *,
    book: Book,
    today: date,
) -> Proposal:
    """Begin terms today, on a clock of their own, and bill them to its first boundary."""
    delta = replace(delta, first_item=subscription.item_seq + 1)
    entry = Entry(seq=log[-1].seq + 1, kind=kind, effective=today, delta=delta)
    after = rebuild(
        subscription.id, [*log, entry], billed_until=None, on=today, zone=subscription.zone
    )
    opened = tuple(item for item in after.items if item.no >= delta.first_item)
    grid = after.clock.grid
    whole = grid.period(grid.index_of(today))
    period = Period(today, whole.end)
    return Proposal(
        subscription=subscription,
        entry=entry,
        after=after,
        credits=(),
        withheld=(),
        bill=bill(opened, after.offers, period=period, grid=whole, book=book),
        opened=opened,
        period=period,
        price=book.price(base_on(opened, today).price_id),
        next=next_charge(after, book),
    )
