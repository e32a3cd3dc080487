"""Record what was agreed and put the rows of a subscription where its log says they must be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledgerline.base.calendar import start_of
from ledgerline.base.db import Tx
from ledgerline.base.run import Run
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.outbox.model import EventKind
from ledgerline.rules.entries import read_entry, write_delta
from ledgerline.rules.renewal import Renewal, taken_over
from ledgerline.rules.timeline import Entry, Projection
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import (
    BASE,
    LogKind,
    SubscriptionEvent,
    SubscriptionState,
)
from ledgerline.subscriptions.rows import (
    ItemEndRow,
    ItemRow,
    LogRow,
    ProjectRow,
    SubscriptionRow,
    SubscriptionStepRow,
)
from ledgerline.subscriptions.rules.lifecycle import LIFECYCLE


@dataclass(frozen=True, slots=True)
class History:
    """The log of a subscription, read, and every item that it has in the database."""

    log: list[Entry]
    items: list[ItemRow]


@dataclass(frozen=True, slots=True)
class Amendment:
    """What changes: the entry for the log, the rows that follow, those there are, and the event.

    ``actor`` is who brings it about.
    """

    entry: Entry
    after: Projection
    held: Sequence[ItemRow]
    event: EventKind
    actor: str = "customer"


async def read_history_in(tx: Tx, subscription: SubscriptionRow) -> History:
    """Read the log and the items of a subscription whose lock is held."""
    async with tx.pipeline():
        rows = await subscriptions.read_log(
            tx, bucket=subscription.bucket, subscription_id=subscription.id
        )
        items = await subscriptions.read_all_items(
            tx, bucket=subscription.bucket, subscription_id=subscription.id
        )
    return History([read_entry(row) for row in rows], list(items))


async def record_entry_in(
    tx: Tx,
    run: Run,
    subscription: SubscriptionRow,
    amendment: Amendment,
    *,
    now: datetime,
) -> None:
    """Append an entry and write the rows that differ from what ``rebuild`` says after it.

    Called by every flow that changes terms, under the subscription's lock; nothing else writes
    items. The version of the row refuses a second one.
    """
    entry, after = amendment.entry, amendment.after
    written = log_row(subscription, entry, actor=amendment.actor, now=now)
    await subscriptions.append_log(tx, [written])
    await _write_items_in(tx, amendment.held, after.items)
    if entry.kind is LogKind.RESUMED:
        subscription = await _resume(tx, subscription, after)
    clock = after.clock
    item_seq = max([subscription.item_seq, *(item.no for item in after.items)])
    await subscriptions.project(
        tx,
        [
            ProjectRow(
                bucket=subscription.bucket,
                id=subscription.id,
                version=subscription.version,
                grid_origin=clock.grid.origin,
                grid_day=clock.grid.day,
                cadence_count=clock.grid.cadence.count,
                cadence_unit=clock.grid.cadence.unit,
                billed_through=clock.billed_through,
                next_bill_at=after.next_bill_at,
                ends_on=after.ends_on,
                item_seq=item_seq,
                log_seq=entry.seq,
                event_seq=subscription.event_seq + 1,
            )
        ],
    )
    told = _event(subscription, amendment.event, now)._replace(body=_told(amendment))
    await record_events_in(tx, run, [told])


async def _resume(tx: Tx, subscription: SubscriptionRow, after: Projection) -> SubscriptionRow:
    """Move the state of what is resumed: the one entry that changes both state and terms."""
    event = SubscriptionEvent.RESUMED
    step = SubscriptionStepRow(
        bucket=subscription.bucket,
        id=subscription.id,
        state_before=subscription.state,
        state_event=event,
        state=LIFECYCLE.after(SubscriptionState(subscription.state), event),
        next_bill_at=after.next_bill_at,
        ended_at=None,
    )
    await subscriptions.step(tx, [step])
    return subscription._replace(version=subscription.version + 1)


def _told(amendment: Amendment) -> dict[str, object]:
    """Say from when it holds, and from what to what; of a planned end, the day."""
    entry = amendment.entry
    day = entry.effective.isoformat()
    if entry.kind is LogKind.CANCEL_SCHEDULED:
        cause = {} if amendment.actor == "customer" else {"cause": amendment.actor}
        return {"ends_on": day, **cause}
    body: dict[str, object] = {}
    if amendment.actor != "customer":
        body["cause"] = amendment.actor
    plans = [step.plan_code for step in entry.delta.steps if step.component == BASE]
    if plans:
        held = [
            one for one in amendment.held if one.component == BASE and one.holds(entry.effective)
        ]
        body |= {"from": held[-1].plan_code if held else None, "to": plans[-1]}
    if BASE in entry.delta.quantities:
        body["quantity"] = entry.delta.quantities[BASE]
    return body | {"effective_on": day}


def _event(subscription: SubscriptionRow, kind: EventKind, now: datetime) -> NewEvent:
    return NewEvent(
        bucket=subscription.bucket,
        aggregate_id=subscription.id,
        seq=subscription.event_seq + 1,
        kind=kind,
        customer_id=subscription.customer_id,
        occurred_at=now,
    )


async def record_takeovers_in(
    tx: Tx, run: Run, taken: Sequence[tuple[SubscriptionRow, Renewal]], *, now: datetime
) -> list[SubscriptionRow]:
    """Record that another rhythm began with a period that is billed, and advance to its end.

    Called by the billing run inside its pipeline, for the few whose plan has another cadence from
    this period on. Return the rows with their new sequences.
    """
    entries = [(row, renewal, taken_over(row, renewal)) for row, renewal in taken]
    await subscriptions.append_log(
        tx, [log_row(row, entry, actor="billing", now=now) for row, _, entry in entries]
    )
    await subscriptions.project(
        tx,
        [
            ProjectRow(
                bucket=row.bucket,
                id=row.id,
                version=row.version,
                grid_origin=renewal.grid.origin,
                grid_day=renewal.grid.day,
                cadence_count=renewal.grid.cadence.count,
                cadence_unit=renewal.grid.cadence.unit,
                billed_through=renewal.billed_through,
                next_bill_at=renewal.next_bill_at,
                ends_on=row.ends_on,
                item_seq=row.item_seq,
                log_seq=entry.seq,
                event_seq=row.event_seq + 1,
            )
            for row, renewal, entry in entries
        ],
    )
    kind = EventKind.SUBSCRIPTION_PLAN_CHANGED
    await record_events_in(tx, run, [_event(row, kind, now) for row, _, _ in entries])
    return [
        row._replace(log_seq=entry.seq, event_seq=row.event_seq + 1, version=row.version + 1)
        for row, _, entry in entries
    ]


async def _write_items_in(tx: Tx, held: Sequence[ItemRow], wanted: Sequence[ItemRow]) -> None:
    """Open the items that are new and end those that end earlier than they did."""
    known = {item.no: item for item in held}
    opened = [item for item in wanted if item.no not in known]
    ended = [
        ItemEndRow(item.bucket, item.subscription_id, item.no, item.ends_on)
        for item in wanted
        if item.no in known and item.ends_on != known[item.no].ends_on
    ]
    await subscriptions.end_items(tx, ended)
    await subscriptions.add_items(tx, opened)


def log_row(subscription: SubscriptionRow, entry: Entry, *, actor: str, now: datetime) -> LogRow:
    """Return an entry as the log keeps it; its own number makes the command recognisable."""
    return LogRow(
        bucket=subscription.bucket,
        subscription_id=subscription.id,
        seq=entry.seq,
        kind=entry.kind,
        effective=entry.effective,
        entitled_at=start_of(entry.effective, subscription.zone),
        recorded_at=now,
        actor=actor,
        command_key=f"{entry.kind}:{entry.seq}",
        body=write_delta(entry.delta),
    )
