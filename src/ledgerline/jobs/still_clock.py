"""A virtual clock that stands still: what waits for an answer comes due by wall time as well."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

STILL_SECONDS: Final = 30.0  # how often what waits is looked at meanwhile
_AT_ONCE: Final = timedelta(0)


@dataclass(slots=True)
class StillClock:
    """How long a process has seen the clock of its sandbox stand still.

    Business stands still with it; a provider's answer that was lost, or an event whose reader died,
    must not wait until somebody moves the clock. Instants of ``monotonic`` are given, in seconds.
    """

    every_seconds: float = STILL_SECONDS
    instant: datetime | None = None
    since: float = 0.0
    looked: dict[object, float] = field(default_factory=dict)

    def notice(self, instant: datetime | None, *, at: float) -> None:
        """Note where the virtual clock stands; None in an environment that lives in real time."""
        if instant != self.instant:
            self.instant, self.since = instant, at
            self.looked.clear()

    def ahead(self, what: object, *, at: float) -> timedelta:
        """Say how far ahead ``what`` looks now; nothing while the clock moves, or between looks."""
        if self.instant is None or at - self.looked.get(what, self.since) < self.every_seconds:
            return _AT_ONCE
        self.looked[what] = at
        return timedelta(seconds=at - self.since)
