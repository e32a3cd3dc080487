"""Move subscriptions along their state table: state, log entry and event together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledgerline.base.calendar import local_date
from ledgerline.base.db import Tx
from ledgerline.outbox import store as outbox
from ledgerline.outbox.rows import EventRow
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import LogKind, SubscriptionEvent, SubscriptionState
from ledgerline.subscriptions.rows import LogRow, SubscriptionRow, SubscriptionStepRow
from ledgerline.subscriptions.rules.lifecycle import LIFECYCLE


@dataclass(frozen=True, slots=True)
class Move:
    """One move. ``ended_at`` is set exactly when the new state is final; then nothing is due.

    ``at`` is the instant it takes effect, when that is not now and not the end.
    """

    row: SubscriptionRow
    event: SubscriptionEvent
    next_bill_at: datetime | None
    ended_at: datetime | None = None
    at: datetime | None = None


async def step_subscriptions_in(
    tx: Tx, moves: Sequence[Move], *, cause: str, now: datetime, command_key: str | None = None
) -> int:
    """Record moves inside the caller's transaction, which holds the subscriptions' locks.

    Raises ``StateRefused`` for a move that is not in the table. ``command_key`` makes the same
    command of a caller recognisable; without one the move's own sequence number is used.
    """
    await subscriptions.step(tx, [_step(move) for move in moves])
    await subscriptions.append_log(
        tx, [_log(move, cause=cause, now=now, command_key=command_key) for move in moves]
    )
    await outbox.append(tx, [_event(move, now) for move in moves])
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


def _log(move: Move, *, cause: str, now: datetime, command_key: str | None) -> LogRow:
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
        command_key=command_key or f"{cause}:{seq}",
        body="{}",
    )


def _event(move: Move, now: datetime) -> EventRow:
    row = move.row
    kind = f"subscription.{move.event}"
    return EventRow(
        bucket=row.bucket,
        aggregate_id=row.id,
        seq=row.event_seq + 1,
        kind=kind,
        customer_id=row.customer_id,
        occurred_at=now,
    )
