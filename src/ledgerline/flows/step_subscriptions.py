"""Move subscriptions along their state table: state, log entry and event together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ledgerline.base.calendar import local_date
from ledgerline.base.db import Tx
from ledgerline.base.run import Run
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.outbox.model import EventKind
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import LogKind, SubscriptionEvent, SubscriptionState
from ledgerline.subscriptions.rows import LogRow, SubscriptionRow, SubscriptionStepRow
from ledgerline.subscriptions.rules.lifecycle import LIFECYCLE

TOLD: Final[Mapping[SubscriptionEvent, EventKind]] = {
    SubscriptionEvent.ACTIVATED: EventKind.SUBSCRIPTION_ACTIVATED,
    SubscriptionEvent.TRIAL_STARTED: EventKind.SUBSCRIPTION_TRIAL_STARTED,
    SubscriptionEvent.PURCHASE_EXPIRED: EventKind.SUBSCRIPTION_PURCHASE_EXPIRED,
    SubscriptionEvent.TRIAL_CONVERTED: EventKind.SUBSCRIPTION_TRIAL_CONVERTED,
    SubscriptionEvent.PAYMENT_OVERDUE: EventKind.SUBSCRIPTION_PAYMENT_OVERDUE,
    SubscriptionEvent.PAYMENT_SETTLED: EventKind.SUBSCRIPTION_PAYMENT_SETTLED,
    SubscriptionEvent.PAUSED: EventKind.SUBSCRIPTION_PAUSED,
    SubscriptionEvent.RESUMED: EventKind.SUBSCRIPTION_RESUMED,
    SubscriptionEvent.CANCELED: EventKind.SUBSCRIPTION_CANCELED,
}
"""What is told of each move of the state table."""


@dataclass(frozen=True, slots=True)
class Move:
    """One move. ``ended_at`` is set exactly when the new state is final; then nothing is due.

    ``at`` is the instant it takes effect, when that is not now and not the end. ``withdraws`` says
    of an end that its customer withdrew from the contract.
    """

    row: SubscriptionRow
    event: SubscriptionEvent
    next_bill_at: datetime | None
    ended_at: datetime | None = None
    at: datetime | None = None
    withdraws: bool = False


async def step_subscriptions_in(
    tx: Tx, run: Run, moves: Sequence[Move], *, cause: str, now: datetime
) -> int:
    """Record moves inside the caller's transaction, which holds the subscriptions' locks.

    Raises ``StateRefused`` for a move that is not in the table.
    """
    await subscriptions.step(tx, [_step(move) for move in moves])
    await subscriptions.append_log(tx, [_log(move, cause=cause, now=now) for move in moves])
    await record_events_in(tx, run, [_event(move, cause=cause, now=now) for move in moves])
    return len(moves)


def _step(move: Move) -> SubscriptionStepRow:
    row = move.row
    after = LIFECYCLE.after(SubscriptionState(row.state), move.event)
    return SubscriptionStepRow(
        bucket=row.bucket,
        id=row.id,
        state_before=row.state,
        state_event=move.event,
        state=after,
        next_bill_at=move.next_bill_at,
        ended_at=move.ended_at,
    )


def _log(move: Move, *, cause: str, now: datetime) -> LogRow:
    row = move.row
    seq = row.log_seq + 1
    at = move.ended_at or move.at or now
    return LogRow(
        bucket=row.bucket,
        subscription_id=row.id,
        seq=seq,
        kind=LogKind(move.event),
        effective=local_date(at, row.zone),
        entitled_at=at,
        recorded_at=now,
        actor=cause,
        command_key=f"{cause}:{seq}",
        body="{}",
    )


def _event(move: Move, *, cause: str, now: datetime) -> NewEvent:
    """Tell a move; of a pause or an end also who brought it about, of that whether as planned."""
    row = move.row
    body: dict[str, object] | None = None
    if move.event is SubscriptionEvent.PAUSED:
        body = {"cause": cause}
    if move.event is SubscriptionEvent.CANCELED:
        body = {"cause": cause, "when": "period_end" if row.ends_on is not None else "now"}
        if move.withdraws:
            body["withdrawn"] = True
    return NewEvent(
        bucket=row.bucket,
        aggregate_id=row.id,
        seq=row.event_seq + 1,
        kind=TOLD[move.event],
        customer_id=row.customer_id,
        occurred_at=now,
        body=body,
    )
