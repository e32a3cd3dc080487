"""Where models were not believed, in short."""

from datetime import UTC, datetime, timedelta
from typing import Final

from ledgerline.payments.rows.learning import FaultRow
from ledgerline.payments.rules.faults import Fault, summed

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_faults_are_summed_up_by_model_and_reason_the_latest_first() -> None:
    rows = [
        FaultRow(kind=kind, tick=no, why=why, decisions=decisions, seen_at=at(no))
        for no, (kind, why, decisions) in enumerate(
            [("retry", "stale", 2), ("routing", "stale", 1), ("retry", "slow", 1),
             ("retry", "stale", 40)]
        )
    ]  # fmt: skip
    assert summed(rows) == (
        Fault(kind="retry", why="stale", decisions=42, since=at(0), until=at(3)),
        Fault(kind="retry", why="slow", decisions=1, since=at(2), until=at(2)),
        Fault(kind="routing", why="stale", decisions=1, since=at(1), until=at(1)),
    )
    assert summed([]) == ()


def at(tick: int) -> datetime:
    return NOON + timedelta(minutes=10 * tick)
