"""Quote a purchase: what it would cost, now and next. Nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from ledgerline.base.calendar import Grid, Period, local_date, start_of
from ledgerline.base.db import Tx
from ledgerline.base.ids import CustomerId, PriceId, bucket_of
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.model import (
    PlanNotSold,
    PlanStatus,
    PriceMissing,
    UnknownCoupon,
    UnknownPlan,
    coupon_code,
)
from ledgerline.catalog.rows import CouponRow, PriceRow
from ledgerline.customers import store as customers
from ledgerline.customers.model import CustomerNotFound, TrialAlreadyUsed
from ledgerline.customers.rows import CustomerRow, TrialRow
from ledgerline.flows.read_terms import PriceBook, read_offered_in
from ledgerline.ledger import store as ledger
from ledgerline.pricing import store as pricing
from ledgerline.pricing.model import NO_DISCOUNT, PricedLine
from ledgerline.pricing.rules.price import price
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import Attached, PurchaseInProgress, grid_of
from ledgerline.subscriptions.rows import SubscriptionRow


@dataclass(frozen=True, slots=True)
class Order:
    """What a customer wants to buy; a quote looks at nothing that is ``attached``.

    The coupon's code may be typed in any case, with spaces.
    """

    customer_id: CustomerId
    plan_code: str
    quantity: int = 1
    coupon_code: str | None = None
    with_trial: bool = True
    attached: Attached = field(default_factory=Attached)

    def __post_init__(self) -> None:
        if self.coupon_code is not None:
            object.__setattr__(self, "coupon_code", coupon_code(self.coupon_code))


@dataclass(frozen=True, slots=True)
class Quote:
    """What an order means: the line to bill now (0 for a trial), and the first paid period.

    ``grid`` counts from the first paid date; ``credit_used_minor`` is a forecast until locked.
    """

    customer: CustomerRow
    price: PriceRow
    line: PricedLine
    line_kind: str
    grid: Grid
    next_on: date
    next_line: PricedLine
    credit_used_minor: int
    issued_on: date
    coupon_code: str | None
    coupon_periods_left: int | None

    @property
    def price_id(self) -> PriceId:
        """The immutable price row that was found."""
        return self.price.id

    @property
    def due_now_minor(self) -> int:
        """What must be paid now, after the customer's credit."""
        return self.line.gross_minor - self.credit_used_minor

    @property
    def next_bill_at(self) -> datetime:
        """The instant of the next invoice."""
        return start_of(self.next_on, self.customer.zone)


async def quote_purchase(run: Run, order: Order, *, buying: bool = False) -> Quote:
    """Compute a quote; the same function prices the purchase itself, so the preview is the result.

    Whoever is ``buying`` must not have a live subscription of the plan's family: a purchase would
    raise ``PurchaseInProgress`` as well. A plain quote is for comparing plans, too.

    Raises ``CustomerNotFound``, ``UnknownPlan``, ``PlanNotSold``, ``PriceMissing``,
    ``UnknownCoupon``, ``QuantityRefused``, ``CouponNotApplicable``, ``TrialAlreadyUsed``,
    ``NotSoldYet`` and ``TaxRateMissing``.
    """
    now = run.now()
    bucket = bucket_of(order.customer_id)
    async with run.transaction() as tx:
        found = await customers.read_customers(tx, buckets=[bucket], ids=[order.customer_id])
        if not found:
            raise CustomerNotFound("there is no such customer", customer=str(order.customer_id))
        live: Sequence[SubscriptionRow] = ()
        if buying:
            live = await subscriptions.read_live(tx, bucket=bucket, customer_id=order.customer_id)
        return await quote_in(tx, order, found[0], now=now, live=live)


async def quote_in(
    tx: Tx,
    order: Order,
    customer: CustomerRow,
    *,
    now: datetime,
    live: Sequence[SubscriptionRow] = (),
) -> Quote:
    """Do the same inside the caller's transaction, for a customer who has ``live`` subscriptions.

    One of the plan's family raises ``PurchaseInProgress``.
    """
    coupons: list[CouponRow] = []
    trials: list[TrialRow] = []
    async with tx.pipeline():
        offered = await read_offered_in(
            tx, plan_code=order.plan_code, market_code=customer.market_code
        )
        rates = await pricing.read_tax_rates(tx, market_codes=[customer.market_code])
        credit = await ledger.read_credit(tx, buckets=[customer.bucket], customer_ids=[customer.id])
        if order.coupon_code is not None:
            coupons = await catalog.read_coupons(tx, codes=[order.coupon_code])
        if order.with_trial:
            trials = await customers.read_trials(
                tx, bucket=customer.bucket, customer_id=customer.id
            )
    today = local_date(now, customer.zone)
    priced = await _price_on_sale(tx, order, customer, offered.staying, today=today)
    offered.refuse_unsold(on=today)
    for held in live:
        if held.family == priced.family:
            raise PurchaseInProgress(
                "the customer has a live subscription of this family", subscription=str(held.id)
            )
    if order.coupon_code is not None and not coupons:
        raise UnknownCoupon("no coupon has this code", coupon=order.coupon_code)
    trial_days = offered.trial_days if order.with_trial else 0
    if trial_days and priced.family in {row.family for row in trials}:
        raise TrialAlreadyUsed(
            "the customer has had the trial of this family: buy without one", family=priced.family
        )
    book = PriceBook.of([priced], rates, coupons)
    balance = sum(
        row.balance_minor
        for row in credit
        if (row.seller_code, row.currency) == (priced.seller_code, priced.currency)
    )
    sale = _Sale(priced, book, trial_days, balance)
    return _quote(order, customer, sale, now=now)


async def _price_on_sale(
    tx: Tx,
    order: Order,
    customer: CustomerRow,
    prices: Sequence[PriceRow],
    *,
    today: date,
) -> PriceRow:
    if not prices:
        plan = await catalog.read_plan(tx, code=order.plan_code)
        if plan is None:
            raise UnknownPlan("no plan has this code", plan=order.plan_code)
        raise PriceMissing(
            "the plan has no price in this market", plan=order.plan_code,
            market=customer.market_code,
        )  # fmt: skip
    if prices[0].status != PlanStatus.ON_SALE:
        raise PlanNotSold("the plan is closed to new sales", plan=order.plan_code)
    for row in prices:
        if row.valid_from <= today:
            return row
    raise PriceMissing(
        "the plan is not on sale yet", plan=order.plan_code, first=prices[-1].valid_from
    )


class _Sale(NamedTuple):
    """What an order was found to mean: its price, free days before it, credit to use."""

    price: PriceRow
    book: PriceBook
    trial_days: int
    balance: int


def _quote(order: Order, customer: CustomerRow, sale: _Sale, *, now: datetime) -> Quote:
    priced, book, trial_days, balance = sale
    today = local_date(now, customer.zone)
    first_paid = today + timedelta(days=trial_days)
    grid = grid_of(first_paid, first_paid.day, priced.cadence_count, priced.cadence_unit)
    coupon = next(iter(book.coupons.values()), None)
    periods = coupon.periods if coupon else None
    terms = book.terms(
        priced.id, quantity=order.quantity, coupon_code=order.coupon_code, on=first_paid
    )
    first = price(terms, period=grid.period(0), grid=grid.period(0))
    if trial_days:
        trial = Period(today, first_paid)
        line, kind = (
            price(replace(terms, unit_minor=0, discount=NO_DISCOUNT), period=trial, grid=trial),
            "trial",
        )
        next_on, next_line, left = first_paid, first, periods
    else:
        line, kind = first, "recurring"
        left = periods - 1 if periods else None
        later = terms if coupon and left != 0 else replace(terms, discount=NO_DISCOUNT)
        second = grid.period(1)
        next_on, next_line = second.start, price(later, period=second, grid=second)
    return Quote(
        customer=customer,
        price=priced,
        line=line,
        line_kind=kind,
        grid=grid,
        next_on=next_on,
        next_line=next_line,
        credit_used_minor=min(balance, line.gross_minor),
        issued_on=local_date(now, priced.seller_zone),
        coupon_code=order.coupon_code,
        coupon_periods_left=left,
    )
