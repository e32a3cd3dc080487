from datetime import UTC, datetime, timedelta
from typing import Final

from ledgerline.jobs.still_clock import StillClock

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOTHING: Final = timedelta(0)


def test_real_time_never_stands_still() -> None:
    clock = StillClock(every_seconds=30)
    clock.notice(None, at=0)
    assert clock.ahead("attempts", at=1_000_000) == NOTHING


def test_each_kind_looks_ahead_as_far_as_the_clock_has_stood_once_in_a_while() -> None:
    clock = StillClock(every_seconds=30)
    clock.notice(NOON, at=100)
    assert clock.ahead("attempts", at=129) == NOTHING
    assert clock.ahead("attempts", at=130) == timedelta(seconds=30)
    assert clock.ahead("attempts", at=131) == NOTHING
    assert clock.ahead("refunds", at=131) == timedelta(seconds=31)
    clock.notice(NOON, at=150)
    assert clock.ahead("attempts", at=160) == timedelta(seconds=60)


def test_a_clock_that_moves_begins_anew() -> None:
    clock = StillClock(every_seconds=30)
    clock.notice(NOON, at=100)
    assert clock.ahead("attempts", at=500)
    clock.notice(NOON + timedelta(seconds=1), at=510)
    assert clock.ahead("attempts", at=530) == NOTHING
    assert clock.ahead("attempts", at=540) == timedelta(seconds=30)
