"""Let the subscribers of a demo live through its months: the real flows on the virtual clock."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Generic, NamedTuple, TypeVar

from ledgerline.base.errors import Rejected
from ledgerline.base.ids import (
    CustomerId,
    PaymentId,
    PaymentMethodId,
    PurchaseId,
    SubscriptionId,
    bucket_of,
)
from ledgerline.base.run import Run
from ledgerline.base.statements import statements
from ledgerline.base.tasks import in_turn, together
from ledgerline.cli.demo_models import Learning
from ledgerline.cli.program import Paying
from ledgerline.cli.simulator import Shop
from ledgerline.cli.stories import Act, ActKind, Drawn, Story
from ledgerline.customers.model import Address, TaxStatus
from ledgerline.flows.add_instrument import NewInstrument, add_instrument
from ledgerline.flows.add_payment_method import NewPaymentMethod, add_payment_method
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.change_subscription import change_subscription
from ledgerline.flows.create_customer import NewCustomer, create_customer
from ledgerline.flows.do_due_work import ALL, do_due_work
from ledgerline.flows.explain_route import explain_route
from ledgerline.flows.move_clock import OutsideClock, move_clock
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.resolve_attempts import resolve_attempts
from ledgerline.flows.resolve_refunds import resolve_refunds
from ledgerline.flows.start_purchase import start_purchase
from ledgerline.payments.model import Initiator
from ledgerline.payments.refusals import AccountsUnavailable, NoPaymentRoute
from ledgerline.payments.rules.routing import Charge
from ledgerline.rules.change import Change
from ledgerline.rules.quote import Order
from ledgerline.subscriptions.model import Timing

IN_FLIGHT_MAX: Final = 12
STEP: Final = timedelta(days=1)
LOOK_AHEAD: Final = STEP - timedelta(minutes=1)  # a day of looks, and no look of tomorrow
SECOND_TRY_AFTER: Final = timedelta(minutes=2)
_SQL: Final = statements(__name__)
_ONE_BUSINESS_IN: Final = 100
_LAST4: Final = 10_000
_T = TypeVar("_T")


class PurchaseRow(NamedTuple):
    """How a purchase ended."""

    id: PurchaseId
    subscription_id: SubscriptionId
    state: str


class LastPaymentRow(NamedTuple):
    """A payment that can be refunded."""

    id: PaymentId
    captured_minor: int


class Tick(NamedTuple):
    """Where the simulation is; sums since the beginning."""

    instant: datetime
    joined: int
    invoiced: int
    tried: int
    succeeded: int


@dataclass(slots=True)
class Lived:
    """What the subscribers did, and where the real seconds went."""

    customers: int = 0
    purchases: Counter[str] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    milliseconds: Counter[str] = field(default_factory=Counter)
    invoiced: int = 0
    tried: int = 0
    succeeded: int = 0


@dataclass(slots=True)
class Life:
    """One simulation: who there is, who has joined, what happened.

    In ``outages``, on the day before, and until every account is well again, all is done one after
    the other: what one learns of an account decides where the next is charged, and equal seeds must
    learn the same.
    """

    paying: Paying
    seed: int
    drawn: Drawn
    outside: OutsideClock
    shop: Shop
    outages: Sequence[tuple[datetime, datetime]]
    learning: Learning
    progress: Callable[[Tick], None]
    lived: Lived = field(default_factory=Lived)
    subscriptions: dict[int, SubscriptionId] = field(default_factory=dict)
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(IN_FLIGHT_MAX))
    _is_rough: bool = False

    async def live(self, start: datetime, end: datetime) -> Lived:
        """Go from ``start`` to ``end`` in days: work off what is due, then act, then join.

        A day's new subscribers buy at instants of their own; what they and everybody else do
        draws its ids from the seed and their number, so the same seed gives the same figures.
        """
        at = start
        joining, acting = _Line(self.drawn.stories), _Line(self.drawn.acts)
        while True:
            here = await move_clock(self.paying.run, to=at, outside=self.outside)
            await self.learning.begin_day(here)
            until = min(at + STEP, end)
            joined = joining.until(until, key=lambda story: story.joins_at)
            self._is_rough = self._is_rough_at(at)
            day = (  # nobody who joins today has anything due yet
                self._live_on(here, acting.until(at, key=lambda act: act.at)),
                self._timed("join", self._join(joined)),
            )
            await (in_turn(day) if self._is_rough else together(*day))
            last = max((story.joins_at + SECOND_TRY_AFTER for story in joined), default=at)
            await self._timed("find_out", self._find_out(self.paying.run.at(max(at, last))))
            await self._timed("learn", self.learning.end_day(here))
            self._tell(at)
            if at >= end:
                return self.lived
            at = until

    def _is_rough_at(self, at: datetime) -> bool:
        """Say whether an account does not answer today, or is not trusted again yet.

        The day before belongs to it: what was seen last then counts with what is seen first.
        """
        lights = self.paying.psps.lights(now=at, to_charge=False)
        return bool(lights) or any(
            start < at + 2 * STEP and at < end for start, end in self.outages
        )

    async def _live_on(self, here: Run, acts: Sequence[Act]) -> None:
        """Do what is due for those who are there already, then what they do."""
        await self._timed("due_work", self._due_work(here))
        await self._timed("act", self._act(here.now(), acts))

    async def _due_work(self, here: Run) -> None:
        done = await do_due_work(
            here, self.paying.psps, side_by_side=not self._is_rough, counts=False
        )
        assert done.parked == 0, (done, "the demo bills everything it sells")
        self.lived.invoiced += done.invoiced
        self.lived.tried += done.tried
        self.lived.succeeded += done.succeeded

    async def _find_out(self, here: Run) -> None:
        """Look after lost answers as often as in the first hours of a day that goes by.

        It is done once the last of the day has bought: nothing ends before it began. Tomorrow
        would be late: providers that know a key for a day cannot be asked by it then.
        """
        while await resolve_attempts(here, self.paying.psps, buckets=ALL, ahead=LOOK_AHEAD):
            pass
        while await resolve_refunds(here, self.paying.psps, buckets=ALL, ahead=LOOK_AHEAD):
            pass

    def _tell(self, at: datetime) -> None:
        self.progress(
            Tick(
                instant=at,
                joined=self.lived.customers,
                invoiced=self.lived.invoiced,
                tried=self.lived.tried,
                succeeded=self.lived.succeeded,
            )
        )

    async def _timed(self, what: str, work: Awaitable[None]) -> None:
        started = time.monotonic()
        await work
        self.lived.milliseconds[what] += _ms(started)

    # joining -----------------------------------------------------------------------------------

    async def _join(self, stories: Sequence[Story]) -> None:
        bought = await self._each(self._first_try(one) for one in stories)
        states = await self._states([purchase for _, purchase in bought if purchase is not None])
        again = [
            (story, customer)
            for story, (customer, purchase) in zip(stories, bought, strict=True)
            if purchase is None or states[purchase].state == "failed"
        ]
        second = await self._each(self._second_try(story, customer) for story, customer in again)
        states |= await self._states([purchase for purchase in second if purchase is not None])
        owners = dict(zip([purchase for _, purchase in bought], stories, strict=True))
        owners |= dict(zip(second, [story for story, _ in again], strict=True))
        for purchase, story in owners.items():
            if purchase is None:
                continue
            self.lived.purchases[states[purchase].state] += 1
            if states[purchase].state != "failed":
                self.subscriptions[story.number] = states[purchase].subscription_id
        self.lived.customers += len(stories)

    async def _first_try(self, story: Story) -> tuple[CustomerId, PurchaseId | None]:
        run = self.paying.run.at(story.joins_at).seeded(self.seed, "subscriber", story.number)
        name = f"Subscriber {story.number}"
        email = f"subscriber{story.number}@example.com"
        customer = await create_customer(run, _customer(story, name, email))
        return customer, await self._buy(run, story, customer, card=0)

    async def _second_try(self, story: Story, customer: CustomerId) -> PurchaseId | None:
        """Try another card of another provider, as people do."""
        run = self.paying.run.at(story.joins_at + SECOND_TRY_AFTER)
        seeded = run.seeded(self.seed, "subscriber", story.number, "again")
        return await self._buy(seeded, story, customer, card=1)

    async def _buy(
        self, run: Run, story: Story, customer: CustomerId, *, card: int
    ) -> PurchaseId | None:
        """Save a card, then buy; None where none of its accounts can be charged now."""
        method = await self._save(run, story, customer, card=card)
        order = Order(
            customer_id=customer,
            plan_code=story.plan_code,
            coupon_code=story.coupon_code,
            with_trial=story.with_trial,
        )
        try:
            bought = await start_purchase(run, self.paying.psps, order, payment_method_id=method)
        except (AccountsUnavailable, NoPaymentRoute) as refusal:
            self.lived.refused[refusal.code] += 1
            return None
        return bought.purchase_id

    async def _save(
        self, run: Run, story: Story, customer: CustomerId, *, card: int
    ) -> PaymentMethodId:
        """Save a card at the accounts where it would be charged, as a checkout does that asks."""
        token = f"tok_{story.segment}_{story.number}{'ab'[card]}"
        last4 = f"{story.number % _LAST4:04}"
        ordered = await self._route(run, story)
        first, *others = (ordered[card:] + ordered[:card])[: story.places]
        method = await add_payment_method(
            run,
            NewPaymentMethod(
                customer_id=customer,
                psp_account=first,
                psp_token=await self.shop.save_card(first, token),
                brand="visa",
                last4=last4,
            ),
        )
        for account in others:
            saved = await self.shop.save_card(account, token)
            new = NewInstrument(psp_account=account, psp_token=saved, last4=last4)
            await add_instrument(run, method, new)
        return method

    async def _route(self, run: Run, story: Story) -> tuple[str, ...]:
        charge = Charge(
            key=str(story.number),
            market=story.market_code,
            currency=story.currency,
            amount_minor=story.list_minor,
            initiator=Initiator.CUSTOMER,
        )
        lights = self.paying.psps.lights(now=run.now(), to_charge=False)
        return (await explain_route(run, charge, lights)).decision.ordered

    async def _states(self, purchases: Sequence[PurchaseId]) -> dict[PurchaseId, PurchaseRow]:
        if not purchases:
            return {}
        async with self.paying.run.reading() as read:
            rows = await read.rows(
                _SQL["purchases"], PurchaseRow, buckets=[bucket_of(one) for one in purchases],
                ids=list(purchases),
            )  # fmt: skip
        return {row.id: row for row in rows}

    # acting ------------------------------------------------------------------------------------

    async def _act(self, at: datetime, acts: Iterable[Act]) -> None:
        """Do what is due; one after the other for one subscriber, side by side for many."""
        by_subscriber: dict[int, list[Act]] = {}
        for act in acts:
            by_subscriber.setdefault(act.number, []).append(act)
        await self._each(self._act_in_turn(at, own) for own in by_subscriber.values())

    async def _act_in_turn(self, at: datetime, acts: Sequence[Act]) -> None:
        for act in acts:
            subscription = self.subscriptions.get(act.number)
            if subscription is None:
                self.lived.refused["never joined"] += 1
                continue
            run = self.paying.run.at(at).seeded(self.seed, "act", act.number, act.kind)
            try:
                await self._do(run, act, subscription)
            except Rejected as refusal:
                self.lived.refused[refusal.code] += 1
            else:
                self.lived.acts[act.kind] += 1

    async def _do(self, run: Run, act: Act, subscription: SubscriptionId) -> None:
        match act.kind:
            case ActKind.CHANGE_NOW:
                await self._change(run, subscription, act, Timing.NOW)
            case ActKind.CHANGE_AT_PERIOD_END:
                await self._change(run, subscription, act, Timing.PERIOD_END)
            case ActKind.CANCEL_NOW:
                await cancel_subscription(run, subscription, timing=Timing.NOW)
            case ActKind.CANCEL_AT_PERIOD_END:
                await cancel_subscription(run, subscription, timing=Timing.PERIOD_END)
            case ActKind.REFUND:
                await self._refund(run, act, subscription)

    async def _change(
        self, run: Run, subscription: SubscriptionId, act: Act, timing: Timing
    ) -> None:
        change = Change(subscription, act.plan_code, None, timing)
        await change_subscription(run, self.paying.psps, change)

    async def _refund(self, run: Run, act: Act, subscription: SubscriptionId) -> None:
        """Refund the last payment: every second one in full, the others a half."""
        async with run.reading() as read:
            last = await read.row(
                _SQL["last_payment"], LastPaymentRow, bucket=bucket_of(subscription),
                subscription_id=subscription,
            )  # fmt: skip
        if last is None:
            self.lived.refused["nothing to refund"] += 1
            return
        amount = None if act.number % 2 else max(1, last.captured_minor // 2)
        await request_refund(
            run, self.paying.psps, RefundOrder(last.id, amount, "asked for by the customer")
        )

    async def _each(self, works: Iterable[Awaitable[_T]]) -> list[_T]:
        """Do it for each, so many at once as the day allows; the results are in order."""
        if self._is_rough:
            return await in_turn(works)
        return await together(*(self._gated(one) for one in works))

    async def _gated(self, work: Awaitable[_T]) -> _T:
        async with self._gate:
            return await work


class _Line(Generic[_T]):
    """Somebody after somebody: a sorted sequence that is taken from the front."""

    def __init__(self, waiting: Sequence[_T]) -> None:
        self._waiting = waiting
        self._next = 0

    def until(self, instant: datetime, *, key: Callable[[_T], datetime]) -> Sequence[_T]:
        """Take everybody whose instant is before ``instant``."""
        first = self._next
        while self._next < len(self._waiting) and key(self._waiting[self._next]) < instant:
            self._next += 1
        return self._waiting[first : self._next]


def _ms(started: float) -> int:
    return int((time.monotonic() - started) * 1000)


def _customer(story: Story, name: str, email: str) -> NewCustomer:
    """Let one in so many be a business, which gets full invoices."""
    if story.number % _ONE_BUSINESS_IN:
        return NewCustomer(story.market_code, name, email)
    return NewCustomer(
        story.market_code,
        f"Business {story.number}",
        email,
        address=Address(
            line1=f"{story.number} Example Street",
            postal_code="10000",
            city="Exampleton",
            country=story.market_code,
        ),
        tax_status=TaxStatus.BUSINESS,
    )
