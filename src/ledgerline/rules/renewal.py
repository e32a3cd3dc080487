"""What becomes of a subscription whose billed time ends; decided once a group of equal terms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import ClassVar, Final

from ledgerline.base.calendar import Cadence, Grid, Period, Unit, start_of
from ledgerline.base.errors import Rejected
from ledgerline.rules.lines import Bill, bill
from ledgerline.rules.terms import Book, cadence_of
from ledgerline.rules.timeline import Clock, Delta, Entry
from ledgerline.subscriptions.model import BASE, LogKind, SubscriptionState
from ledgerline.subscriptions.rows import ItemRow, OfferRow, SubscriptionRow

LINES_MAX: Final = 15  # of one subscription and day


class TooManyLines(Rejected):
    """One subscription would be billed more lines at once than any real one is."""

    code: ClassVar[str] = "too_many_lines"


class NothingInForce(Rejected):
    """The subscription runs, but no item of its base plan is in force: its rows contradict."""

    code: ClassVar[str] = "projection_drift"


@dataclass(frozen=True, slots=True)
class Renewal:
    """The next period of a subscription: what it is billed, and its clock after it.

    ``takes_over`` says that another rhythm begins with it.
    """

    bill: Bill
    period: Period
    grid: Grid
    billed_through: date
    next_bill_at: datetime
    takes_over: bool


@dataclass(frozen=True, slots=True)
class End:
    """The subscription ends at ``on``, the boundary, not when a late worker noticed."""

    on: date


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing is due yet."""

    until: datetime


def renew(
    subscription: SubscriptionRow,
    items: Sequence[ItemRow],
    offers: Sequence[OfferRow],
    book: Book,
    *,
    now: datetime,
) -> Renewal | End | Wait:
    """Decide what is due: the period from where billed time ends to the next boundary of the grid.

    Boundaries are counted from the grid's origin, so a short February does not move March. An end
    of service inside the period shortens it. ``items`` are those that reach beyond billed time.
    Raises ``TooManyLines``, ``NothingInForce`` and what ``bill`` raises.
    """
    start, zone = subscription.billed_through, subscription.zone
    ends_on = subscription.ends_on
    if subscription.state == SubscriptionState.PAUSED:
        return _rest(subscription, now=now)
    due = start_of(start if ends_on is None else min(start, ends_on), zone)
    if now < due:
        return Wait(until=due)
    if ends_on is not None and ends_on <= start:
        return End(on=ends_on)
    base = base_on(items, start)
    grid = subscription.grid
    cadence = cadence_of(book.price(base.price_id))
    takes_over = cadence != grid.cadence
    if takes_over:
        grid = Grid(start, cadence, start.day)
    whole = grid.period(grid.index_of(start))
    end = whole.end if ends_on is None else min(whole.end, ends_on)
    period = Period(start, end)
    billed = bill(items, offers, period=period, grid=whole, book=book)
    if len(billed.positions) > LINES_MAX:
        raise TooManyLines("more lines than a subscription has", lines=len(billed.positions))
    return Renewal(
        bill=billed,
        period=period,
        grid=grid,
        billed_through=end,
        next_bill_at=start_of(end, zone),
        takes_over=takes_over,
    )


def _rest(subscription: SubscriptionRow, *, now: datetime) -> End | Wait:
    """Never bill what is paused: it ends where that is planned, and waits until then."""
    assert subscription.ends_on is not None, subscription
    due = start_of(subscription.ends_on, subscription.zone)
    return Wait(until=due) if now < due else End(on=subscription.ends_on)


def relevant(
    subscription: SubscriptionRow, items: Sequence[ItemRow], book: Book
) -> Sequence[ItemRow]:
    """Return the items that the next period bills, the base first: most have one."""
    if len(items) == 1:
        return items
    period = next_period(subscription, items, book)
    if period is None:
        return items
    return sorted(
        (
            item
            for item in items
            if item.starts_on < period.end and (item.ends_on is None or item.ends_on > period.start)
        ),
        key=lambda item: (item.component != BASE, item.component, item.starts_on, item.no),
    )


def alike(
    subscription: SubscriptionRow,
    items: Sequence[ItemRow],
    offers: Sequence[OfferRow],
    book: Book,
) -> tuple[object, ...]:
    """Return what ``renew`` depends on: subscriptions with equal keys are billed alike.

    It is what applies to the period, never when something once began: plans, offers and periods
    make the groups, not customers. ``items`` are the relevant ones.
    """
    row = subscription
    if row.state == SubscriptionState.PAUSED:
        return ("paused", row.ends_on, row.zone)
    period = next_period(row, items, book)
    if period is None:
        return ("nothing", row.ends_on, row.billed_through, row.zone)
    start, end = period.start, period.end
    terms: list[object] = []
    for item in items:
        terms += (
            item.component,
            item.price_id.int,
            item.quantity,
            max(item.starts_on, start),
            end if item.ends_on is None else min(item.ends_on, end),
        )
    if offers:
        terms += _reduced(offers, period, cadence_of(book.price(base_on(items, start).price_id)))
    held = (row.cadence_count, row.cadence_unit)  # who takes up another rhythm writes a fact
    return (
        row.seller_code, row.market_code, row.currency, row.zone, row.family, row.billed_through,
        start, end, row.ends_on, held, *terms,
    )  # fmt: skip


def _reduced(offers: Sequence[OfferRow], period: Period, cadence: Cadence) -> list[object]:
    """Say what reduces a period; what was given on another cadence is converted from its start."""
    terms: list[object] = []
    for offer in offers:
        if offer.from_on < period.end:
            until = period.end if offer.until_on is None else min(offer.until_on, period.end)
            terms += (offer.offer_code, offer.component, max(offer.from_on, period.start), until)
            if offer.cadence != cadence:
                terms += (offer.cadence, offer.from_on)
    return terms


def next_period(
    subscription: SubscriptionRow, items: Sequence[ItemRow], book: Book
) -> Period | None:
    """Return the grid period that holds where billed time ends; None without a base in force."""
    start = subscription.billed_through
    for item in items:
        if item.component == BASE and item.holds(start):
            price = book.prices.get(item.price_id.int)
            if price is None:
                return None
            return _whole(
                (subscription.grid_origin, subscription.grid_day),
                (subscription.cadence_count, subscription.cadence_unit),
                (price.cadence_count, price.cadence_unit),
                start,
            )
    return None


@lru_cache(maxsize=1 << 15)  # many subscriptions begin on one day
def _whole(
    anchor: tuple[date, int], held: tuple[int, str], priced: tuple[int, str], start: date
) -> Period:
    cadence = Cadence(priced[0], Unit(priced[1]))
    origin, day = anchor if held == priced else (start, start.day)
    grid = Grid(origin, cadence, day)
    return grid.period(grid.index_of(start))


def taken_over(subscription: SubscriptionRow, renewal: Renewal) -> Entry:
    """Return the fact that another rhythm began, for the log: the only terms a renewal writes."""
    clock = Clock(renewal.grid, renewal.period.start)
    return Entry(
        seq=subscription.log_seq + 1,
        kind=LogKind.PLAN_CHANGED,
        effective=renewal.period.start,
        delta=Delta(clock=clock),
    )


def base_on(items: Sequence[ItemRow], day: date) -> ItemRow:
    """Find the item of the base plan in force on a day; raises ``NothingInForce``."""
    for item in items:
        if item.component == BASE and item.holds(day):
            return item
    raise NothingInForce("no item of the base plan is in force", on=day.isoformat())
