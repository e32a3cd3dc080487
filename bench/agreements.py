"""Agreements that run already, copied in: subscriptions, their logs and what follows from them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import psycopg

from bench.stage import Sold
from ledgerline.base.calendar import Cadence, Grid, Unit, start_of
from ledgerline.base.ids import Bucket, CustomerId, PaymentMethodId, SubscriptionId, uuid7
from ledgerline.rules.entries import write_delta
from ledgerline.rules.timeline import Clock, Delta, Entry, Projection, Step, rebuild
from ledgerline.subscriptions.model import BASE, LogKind
from ledgerline.subscriptions.rows import ItemRow, LogRow, NewSubscriptionRow

ZONE = "Europe/Berlin"
_NOBODY = SubscriptionId(uuid7(0, Bucket(0), 0))


class Subscriber(NamedTuple):
    """Who has an agreement, and its id."""

    bucket: Bucket
    customer_id: UUID
    payment_method_id: UUID
    subscription_id: UUID


@dataclass(frozen=True, slots=True)
class Agreement:
    """What all subscribers agreed to on the same day, paid until another: one plan, by month."""

    sold: Sold
    begun: date
    billed_through: date

    @property
    def log(self) -> tuple[Entry, ...]:
        """What was recorded: the purchase and its payment."""
        grid = Grid(self.begun, Cadence(1, Unit.MONTH), self.begun.day)
        step = Step(
            component=BASE,
            plan_code=self.sold.plan_code,
            phase_no=self.sold.phase_no,
            price_id=self.sold.price_id,
            quantity=1,
            starts_on=self.begun,
        )
        delta = Delta(steps=(step,), clock=Clock(grid, self.billed_through), first_item=1)
        return (
            Entry(seq=1, kind=LogKind.CREATED, effective=self.begun, delta=delta),
            Entry(seq=2, kind=LogKind.ACTIVATED, effective=self.begun),
        )

    @property
    def rows(self) -> Projection:
        """What the log makes of it."""
        return rebuild(_NOBODY, self.log, billed_until=None, on=self.begun, zone=ZONE)


def copy_agreements(
    connection: psycopg.Connection,
    agreement: Agreement,
    subscribers: Iterable[Subscriber],
    *,
    at: datetime,
) -> None:
    """Give every subscriber the agreement; no subscription is on the stage before."""
    made = agreement.rows
    like = _subscription(agreement, made, at=at)
    columns = ", ".join(NewSubscriptionRow._fields)
    with connection.cursor().copy(f"COPY subscription ({columns}) FROM STDIN".encode()) as copy:
        for one in subscribers:
            copy.write_row(
                like._replace(
                    bucket=one.bucket,
                    id=SubscriptionId(one.subscription_id),
                    customer_id=CustomerId(one.customer_id),
                    payment_method_id=PaymentMethodId(one.payment_method_id),
                )
            )
    for entry in agreement.log:
        _give_each(connection, "subscription_event", _entry(entry, at=at))
    for item in made.items:
        _give_each(connection, "subscription_item", item)


def _subscription(agreement: Agreement, made: Projection, *, at: datetime) -> NewSubscriptionRow:
    sold, clock = agreement.sold, made.clock
    return NewSubscriptionRow(
        bucket=Bucket(0),
        id=_NOBODY,
        customer_id=CustomerId(_NOBODY),
        seller_code=sold.seller_code,
        market_code=sold.market_code,
        currency=sold.currency,
        zone=ZONE,
        family=sold.family,
        state=made.state,
        state_before="incomplete",
        state_event="activated",
        grid_origin=clock.grid.origin,
        grid_day=clock.grid.day,
        cadence_count=clock.grid.cadence.count,
        cadence_unit=clock.grid.cadence.unit,
        billed_through=clock.billed_through,
        next_bill_at=made.next_bill_at,
        ends_on=made.ends_on,
        payment_method_id=None,
        customer_version=1,
        metadata="{}",
        external_id=None,
        item_seq=max(item.no for item in made.items),
        log_seq=len(agreement.log),
        event_seq=0,
        version=1,
        created_at=at,
        ended_at=None,
    )


def _entry(entry: Entry, *, at: datetime) -> LogRow:
    return LogRow(
        bucket=Bucket(0),
        subscription_id=_NOBODY,
        seq=entry.seq,
        kind=entry.kind.value,
        effective=entry.effective,
        entitled_at=start_of(entry.effective, ZONE),
        recorded_at=at,
        actor="purchase",
        command_key=f"purchase:{entry.seq}",
        body=write_delta(entry.delta),
    )


def _give_each(connection: psycopg.Connection, table: str, row: LogRow | ItemRow) -> None:
    """Write a row for every subscription on the stage: the same but for whose it is."""
    own = {"bucket": "s.bucket", "subscription_id": "s.id", "body": "%(body)s::jsonb"}
    values = ", ".join(own.get(name, f"%({name})s") for name in row._fields)
    columns = ", ".join(row._fields)
    connection.execute(
        f"INSERT INTO {table} ({columns}) SELECT {values} FROM subscription AS s".encode(),
        row._asdict(),
    )
