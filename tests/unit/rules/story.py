"""One subscription told by its rules alone: buy, renew, change, refund, cancel; no database.

A story keeps the log and the lines as the flows would, so that a test reads like a bill.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Final, TypedDict
from uuid import UUID

from typing_extensions import Unpack

from ledgerline.base.ids import Bucket, CustomerId, InvoiceId, SubscriptionId, uuid7
from ledgerline.catalog.rows import CouponRow
from ledgerline.pricing.model import LineCredit
from ledgerline.pricing.rules.credit import amount_of
from ledgerline.rules import cancellation, change, undo
from ledgerline.rules.cancellation import Cancellation
from ledgerline.rules.change import Change, Proposal
from ledgerline.rules.charged import Charged, Credited, LineKey
from ledgerline.rules.lines import Bill
from ledgerline.rules.phases import Sale
from ledgerline.rules.quote import AddOn, Held, Order, Quote, quote
from ledgerline.rules.renewal import End, Renewal, Wait, renew, taken_over
from ledgerline.rules.terms import Book
from ledgerline.rules.timeline import Entry, Projection, fold, rebuild
from ledgerline.rules.undo import Undoing
from ledgerline.subscriptions.model import LogKind, SubscriptionState, Timing
from ledgerline.subscriptions.rows import ItemRow, SubscriptionRow
from tests.unit.pricing.lines import billed, credited
from tests.unit.rules.sold import ALWAYS, MARKET, Catalog, Sold

ID: Final = SubscriptionId(uuid7(1, Bucket(7), 1))
BUYER: Final = CustomerId(uuid7(1, Bucket(7), 2))


class Wanted(TypedDict, total=False):
    """What an order can say beside its plan."""

    add_ons: Sequence[str]
    quantity: int
    coupon: str | None
    trial: bool


@dataclass(slots=True)
class Story:
    """A catalog, and what happened to one subscription so far."""

    plans: Sequence[Sold]
    behavior: str = "inclusive"
    rates: tuple[tuple[date, int], ...] = ((ALWAYS, 0),)
    coupons: tuple[CouponRow, ...] = ()
    zone: str = "Etc/UTC"
    log: list[Entry] = field(default_factory=list)
    charged: list[Charged] = field(default_factory=list)
    row: SubscriptionRow | None = None
    items: tuple[ItemRow, ...] = ()
    projection: Projection | None = None

    @property
    def catalog(self) -> Catalog:
        """What is sold."""
        return Catalog(
            plans=self.plans,
            behavior=self.behavior,
            rates=self.rates,
            coupons=self.coupons,
            zone=self.zone,
        )

    @property
    def book(self) -> Book:
        """Everything a decision may look up."""
        return self.catalog.book

    # what happens ---------------------------------------------------------------------------------

    def quote(
        self, day: str, plan: str, *, held: Held | None = None, **wanted: Unpack[Wanted]
    ) -> Quote:
        """Price an order on a day."""
        order = Order(
            customer_id=BUYER,
            plan_code=plan,
            quantity=wanted.get("quantity", 1),
            add_ons=tuple(AddOn(code) for code in wanted.get("add_ons", ())),
            coupon_code=wanted.get("coupon"),
            with_trial=wanted.get("trial", True),
        )
        now = at(day)
        shelf = self.catalog.shelf(now.date())
        return quote(ID, order, Sale(shelf, self.book), held or Held(), zone=self.zone, now=now)

    def buy(self, day: str, plan: str, **wanted: Unpack[Wanted]) -> Quote:
        """Buy and pay."""
        quoted = self.quote(day, plan, **wanted)
        self.log = [
            quoted.entry,
            Entry(2, LogKind.TRIAL_STARTED if quoted.free else LogKind.ACTIVATED, at(day).date()),
        ]
        self._take(quoted.bill, quoted.projection.items)
        self.row = SubscriptionRow(
            bucket=Bucket(7),
            id=ID,
            customer_id=BUYER,
            seller_code="acme",
            market_code=MARKET,
            currency="EUR",
            zone=self.zone,
            family="music",
            state=SubscriptionState.INCOMPLETE,
            grid_origin=date.min,
            grid_day=1,
            cadence_count=1,
            cadence_unit="month",
            billed_through=date.min,
            next_bill_at=None,
            ends_on=None,
            payment_method_id=None,
            customer_version=1,
            item_seq=0,
            log_seq=1,
            event_seq=1,
            version=1,
            parked=None,
            ended_at=None,
        )
        self._rebuild(day, None)
        return quoted

    def renew(self, day: str) -> Renewal | End | Wait:
        """Let a billing run look at it on a day; what it bills is paid."""
        row = self.subscription
        offers = self.rows.offers
        items = [i for i in self.items if i.ends_on is None or i.ends_on > row.billed_through]
        decision = renew(row, items, offers, self.book, now=at(day))
        if isinstance(decision, Renewal):
            self._take(decision.bill, items)
            if row.state == SubscriptionState.TRIALING:
                seq = self.log[-1].seq + 1
                self.log.append(Entry(seq, LogKind.TRIAL_CONVERTED, row.billed_through))
            if decision.takes_over:
                row = row._replace(log_seq=self.log[-1].seq)
                self.log.append(taken_over(row, decision))
            self._rebuild(day, decision.billed_through)
        return decision

    def propose(
        self,
        day: str,
        plan: str | None = None,
        *,
        quantity: int | None = None,
        timing: Timing = Timing.NOW,
    ) -> Proposal:
        """Preview a change."""
        now = at(day)
        wanted = Change(ID, plan, quantity, timing)
        reaching = [one for one in self.charged if one.line.period.end > now.date()]
        return change.propose(
            self.subscription,
            self.log,
            reaching,
            wanted,
            sale=Sale(self.catalog.shelf(now.date()), self.book),
            now=now,
        )

    def change(
        self,
        day: str,
        plan: str | None = None,
        *,
        quantity: int | None = None,
        timing: Timing = Timing.NOW,
    ) -> Proposal:
        """Change and pay."""
        proposal = self.propose(day, plan, quantity=quantity, timing=timing)
        self.credit(proposal.credits, day)
        self._take(proposal.bill, proposal.opened)
        self.log.append(proposal.entry)
        billed = None if proposal.entry.delta.clock else self.subscription.billed_through
        self._rebuild(day, billed)
        return proposal

    def undo(self, day: str, seq: int | None = None) -> Undoing:
        """Take an intention back."""
        done = undo.undo(self.subscription, self.log, self.book, seq=seq, now=at(day))
        self.log.append(done.entry)
        self._rebuild(day, self.subscription.billed_through)
        return done

    def cancel(self, day: str, timing: Timing = Timing.NOW) -> Cancellation:
        """Cancel; at once, what is given back is."""
        now = at(day)
        reaching = [one for one in self.charged if one.line.period.end > now.date()]
        done = cancellation.propose(self.subscription, reaching, timing=timing, now=now)
        self.credit(done.credits, day)
        if done.entry is not None:
            self.log.append(done.entry)
            self._rebuild(day, self.subscription.billed_through)
        return done

    def refund(self, day: str, minor: int, *, line: int = 0) -> LineCredit:
        """Give a sum of one line back, with a credit note over its whole period."""
        one = self.charged[line]
        credit = amount_of(one.line, minor)
        self.credit([Credited(one, credit)], day)
        return credit

    def credit(self, given_back: Iterable[Credited], day: str) -> None:
        """Count what was given back of each line."""
        for one in given_back:
            for n, held in enumerate(self.charged):
                if held.key == one.of.key:
                    after = credited(held.line, one.credit, on=date.fromisoformat(day))
                    self.charged[n] = replace(held, line=after)

    # what is so -----------------------------------------------------------------------------------

    @property
    def subscription(self) -> SubscriptionRow:
        """The row as it stands."""
        assert self.row is not None
        return self.row

    @property
    def rows(self) -> Projection:
        """What the log says the rows are."""
        assert self.projection is not None
        return self.projection

    def intentions(self) -> tuple[Entry, ...]:
        """List what is planned and can be undone."""
        return fold(self.log, on=date.min).intentions

    def _take(self, bill: Bill, items: Sequence[ItemRow]) -> None:
        for line, position in zip(bill.priced.lines, bill.positions, strict=True):
            item = items[position]
            key = LineKey(line.period.start, item.no, line.kind)
            invoice = InvoiceId(UUID(int=len(self.charged) + 1))
            self.charged.append(Charged(key, invoice, item.component, billed(line)))

    def _rebuild(self, day: str, billed_until: date | None) -> None:
        after = rebuild(ID, self.log, billed_until=billed_until, on=at(day).date(), zone=self.zone)
        grid = after.clock.grid
        self.projection, self.items = after, after.items
        self.row = self.subscription._replace(
            state=after.state,
            grid_origin=grid.origin,
            grid_day=grid.day,
            cadence_count=grid.cadence.count,
            cadence_unit=grid.cadence.unit,
            billed_through=after.clock.billed_through,
            next_bill_at=after.next_bill_at,
            ends_on=after.ends_on,
            item_seq=max(item.no for item in after.items),
            log_seq=self.log[-1].seq,
        )


def at(day: str) -> datetime:
    """Write an instant as an ISO date: noon of that day."""
    return datetime.combine(date.fromisoformat(day), time(12), tzinfo=UTC)
