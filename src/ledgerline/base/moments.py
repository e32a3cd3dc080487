"""How long ago something was on this machine, the time for which it slept included.

Linux stops ``time.monotonic``, by which event loops go, while a machine is suspended, and a machine
whose host pauses it may learn of that from the wall clock alone. So both are asked, and the one
that says more is believed: a wall clock that is put forward makes something look older than it is,
which is safe wherever something is refused for its age.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

# macOS has no such name: there the monotonic clock of the system goes on while it sleeps
_SINCE_BOOT: Final[int] = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Moment(NamedTuple):
    """An instant as this machine's clocks tell it, in seconds; it means nothing elsewhere."""

    since_boot: float
    wall: float

    def seconds_until(self, later: "Moment") -> float:
        """Say how long it was until ``later``, by the clock that went further."""
        return max(later.since_boot - self.since_boot, later.wall - self.wall)


Clock = Callable[[], Moment]


def moment() -> Moment:
    """Read the clocks of this machine."""
    wall = time.time()  # noqa: TID251 - it measures, and says nothing of what is due
    return Moment(time.clock_gettime(_SINCE_BOOT), wall)


@dataclass(frozen=True, slots=True)
class Dated:
    """Something that goes out only soon after ``decided``: when it was decided that it may.

    None is never sent. What is compared and what goes over the wire does not depend on it.
    """

    decided: Moment | None = field(default=None, compare=False, kw_only=True)
