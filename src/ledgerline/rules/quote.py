"""What an order means: what is due now, what is due next, and the log that it begins."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from ledgerline.base.calendar import Cadence, Grid, Period, local_date
from ledgerline.base.ids import CustomerId, SubscriptionId
from ledgerline.catalog.model import coupon_code
from ledgerline.catalog.rows import CouponRow, PriceRow
from ledgerline.customers.model import TrialAlreadyUsed
from ledgerline.rules.lines import Bill, bill
from ledgerline.rules.phases import Sale, Shelf, lay_out
from ledgerline.rules.renewal import base_on
from ledgerline.rules.terms import Book, cadence_of
from ledgerline.rules.timeline import Clock, Delta, Entry, Offer, Projection, Step, rebuild
from ledgerline.subscriptions.model import BASE, AddOnRefused, Attached, LogKind, PurchaseInProgress
from ledgerline.subscriptions.rows import SubscriptionRow


@dataclass(frozen=True, slots=True)
class AddOn:
    """An add-on to buy with a plan."""

    plan_code: str
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Order:
    """What a customer wants to buy; a quote looks at nothing that is ``attached``.

    The coupon's code may be typed in any case, with spaces.
    """

    customer_id: CustomerId
    plan_code: str
    quantity: int = 1
    add_ons: tuple[AddOn, ...] = ()
    coupon_code: str | None = None
    with_trial: bool = True
    attached: Attached = field(default_factory=Attached)

    def __post_init__(self) -> None:
        """Write the coupon's code as the catalog does."""
        if self.coupon_code is not None:
            object.__setattr__(self, "coupon_code", coupon_code(self.coupon_code))


@dataclass(frozen=True, slots=True)
class Held:
    """What the customer has already: live subscriptions, families tried, credit with the seller."""

    live: Sequence[SubscriptionRow] = ()
    tried_families: frozenset[str] = frozenset()
    balances: Sequence[tuple[str, str, int]] = ()  # (seller, currency, minor units)

    def balance(self, seller_code: str, currency: str) -> int:
        """Return the credit that a seller owes in a currency."""
        return sum(
            minor
            for seller, unit, minor in self.balances
            if (seller, unit) == (seller_code, currency)
        )


@dataclass(frozen=True, slots=True)
class Next:
    """The charge that follows, priced at its own date."""

    on: date
    bill: Bill


@dataclass(frozen=True, slots=True)
class Stage:
    """A charge from which on another amount is due each period than before."""

    on: date
    gross_minor: int
    cadence: Cadence


@dataclass(frozen=True, slots=True)
class Quote:
    """An order, priced: ``bill`` is due now (0 in a trial), ``after`` follows.

    ``price`` is that of the plan's last phase; ``entry`` is what the log begins with, and
    ``projection`` the rows that follow from it. ``credit_used_minor`` is a forecast until locked.
    ``stages`` are the charges after today from which on another amount is due, such as when a
    coupon ends: the first is ``after``, and the last stands until the customer cancels.
    """

    order: Order
    price: PriceRow
    period: Period
    free: bool
    bill: Bill
    after: Next | None
    stages: tuple[Stage, ...]
    entry: Entry
    projection: Projection
    credit_used_minor: int
    issued_on: date

    @property
    def due_now_minor(self) -> int:
        """What must be paid now, after the customer's credit."""
        return self.bill.gross_minor - self.credit_used_minor


def quote(
    subscription_id: SubscriptionId,
    order: Order,
    sale: Sale,
    held: Held,
    *,
    zone: str,
    now: datetime,
) -> Quote:
    """Price an order; the purchase asks the same rule, so the preview is the result.

    ``sale`` has the order's plans and coupon. Raises ``UnknownPlan``, ``PlanNotSold``,
    ``PriceMissing``, ``AddOnRefused``, ``PurchaseInProgress``, ``TrialAlreadyUsed``,
    ``UnknownCoupon`` and what pricing raises.
    """
    shelf, book = sale.shelf, sale.book
    price = shelf.base(order.plan_code)
    _refuse_second(price, order, shelf, held)
    today = local_date(now, zone)
    trial_days = shelf.trial_days(order.plan_code) if order.with_trial else 0
    first_paid, free = today + timedelta(days=trial_days), trial_days > 0
    grid = Grid(first_paid, cadence_of(price), first_paid.day)
    period = Period(today, first_paid) if free else grid.period(0)
    entry = Entry(
        seq=1,
        kind=LogKind.CREATED,
        effective=today,
        delta=Delta(
            steps=_steps(order, shelf, today=today, first_paid=first_paid),
            offers=_offers(order, book, grid), clock=Clock(grid, period.end), first_item=1,
        ),
    )  # fmt: skip
    projection = rebuild(subscription_id, [entry], billed_until=None, on=today, zone=zone)
    now_due = bill(
        projection.items, projection.offers, period=period, grid=period, book=book, free=free
    )
    return Quote(
        order=order,
        price=price,
        period=period,
        free=free,
        bill=now_due,
        after=next_charge(projection, book),
        stages=tuple(_stages(projection, book)),
        entry=entry,
        projection=projection,
        credit_used_minor=min(held.balance(price.seller_code, price.currency), now_due.gross_minor),
        issued_on=local_date(now, price.seller_zone),
    )


def next_charge(projection: Projection, book: Book) -> Next | None:
    """Price the period after what is billed, as its renewal will; None when service ends first."""
    on = projection.clock.billed_through
    if projection.ends_on is not None and projection.ends_on <= on:
        return None
    return _charge(projection, book, _grid_on(projection, book, on, projection.clock.grid), on)


def _charge(projection: Projection, book: Book, grid: Grid, on: date) -> Next:
    whole = grid.period(grid.index_of(on))
    items, offers = projection.items, projection.offers
    return Next(on, bill(items, offers, period=Period(on, whole.end), grid=whole, book=book))


def _grid_on(projection: Projection, book: Book, on: date, grid: Grid) -> Grid:
    """Return the rhythm of a day: another one of the plan's begins on the day that it comes."""
    cadence = cadence_of(book.price(base_on(projection.items, on).price_id))
    return grid if cadence == grid.cadence else Grid(on, cadence, on.day)


def _stages(projection: Projection, book: Book) -> Iterator[Stage]:
    """Find the charges from which on another amount is due; only dates in the rows change one."""
    first, grid = projection.clock.billed_through, projection.clock.grid
    said: int | None = None
    for day in [first, *sorted(_changes(projection, after=first))]:
        begun = grid.period(grid.index_of(day)).start
        on = day if day == begun else grid.period(grid.index_of(day)).end
        if projection.ends_on is not None and projection.ends_on <= on:
            return
        grid = _grid_on(projection, book, on, grid)
        gross = _charge(projection, book, grid, on).bill.gross_minor
        if gross != said:
            yield Stage(on, gross, grid.cadence)
        said = gross


def _changes(projection: Projection, *, after: date) -> set[date]:
    days = [day for item in projection.items for day in (item.starts_on, item.ends_on)]
    days += [day for offer in projection.offers for day in (offer.from_on, offer.until_on)]
    return {day for day in days if day is not None and day > after}


def _refuse_second(price: PriceRow, order: Order, shelf: Shelf, held: Held) -> None:
    for row in held.live:
        if row.family == price.family:
            raise PurchaseInProgress(
                "the customer has a live subscription of this family", subscription=str(row.id)
            )
    tried = price.family in held.tried_families
    if order.with_trial and tried and shelf.trial_days(order.plan_code):
        raise TrialAlreadyUsed(
            "the customer has had the trial of this family: buy without one", family=price.family
        )


def _steps(order: Order, shelf: Shelf, *, today: date, first_paid: date) -> tuple[Step, ...]:
    steps = lay_out(
        shelf,
        order.plan_code,
        quantity=order.quantity,
        starts_on=today,
        first_paid=first_paid,
        with_intro=True,
    )
    products = set()
    for one in order.add_ons:
        product = shelf.add_on(one.plan_code, base_plan_code=order.plan_code).product_code
        if product in products:
            raise AddOnRefused("an add-on is bought once, in a quantity", add_on=one.plan_code)
        products.add(product)
        steps += lay_out(
            shelf,
            one.plan_code,
            quantity=one.quantity,
            starts_on=today,
            first_paid=first_paid,
            with_intro=True,
        )
    return steps


def _offers(order: Order, book: Book, grid: Grid) -> tuple[Offer, ...]:
    """Begin the coupon's reduction of the base on the first paid day, and say when it ends."""
    if order.coupon_code is None:
        return ()
    coupon: CouponRow = book.coupon(order.coupon_code)
    until = None if coupon.periods is None else grid.boundary(coupon.periods)
    return (
        Offer(
            code=coupon.code,
            component=BASE,
            from_on=grid.boundary(0),
            until_on=until,
            periods=coupon.periods,
            per=grid.cadence,
        ),
    )
