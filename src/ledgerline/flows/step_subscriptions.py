"""Move subscriptions along their state table: state, log entry and event together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledgerline.base.calendar import local_date
from ledgerline.base.db import Tx
from ledgerline.outbox import store as outbox
from ledgerline.outbox.model import EventRow
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import LogKind, SubscriptionEvent, SubscriptionState
from ledgerline.subscriptions.rules.lifecycle import LIFECYCLE
from ledgerline.subscriptions.store import SubscriptionRow


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


def _step(move: Move) -> subscriptions.StepRow:
    row = move.row
    after = LIFECYCLE.after(SubscriptionState(row.state), move.event)
    return subscriptions.StepRow(
        row.bucket, row.id, row.state, move.event, after, move.next_bill_at, move.ended_at
    )


def _log(move: Move, *, cause: str, now: datetime, command_key: str | None) -> subscriptions.LogRow:
    row = move.row
    seq = row.log_seq + 1
    at = move.ended_at or move.at or now
    return subscriptions.LogRow(
        row.bucket, row.id, seq, LogKind(move.event), local_date(at, row.zone), at, now, cause,
        command_key or f"{cause}:{seq}", "{}",
    )  # fmt: skip


def _event(move: Move, now: datetime) -> EventRow:
    row = move.row
    kind = f"subscription.{move.event}"
    return EventRow(row.bucket, row.id, row.event_seq + 1, kind, row.customer_id, now)
