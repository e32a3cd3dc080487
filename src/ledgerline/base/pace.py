"""How much may wait for somebody else at once, shared by all who work side by side."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

AT_ONCE_MIN: Final = 32  # what an account takes at once: none of them waits for a place
AT_ONCE_START: Final = 64
AT_ONCE_MAX: Final = 1_600
SHARE_MIN: Final = 16  # fewer are not worth a transaction, as long as something is on its way


@dataclass(slots=True)
class Pace:
    """How many calls may be on their way, learned from how long batches of them take.

    A batch that took longer than ``long_milliseconds`` halves it, a full one that took less than
    half of that doubles it. Kept by whoever works batch after batch, alone or in parts.
    ``wave_seconds`` is how long what has ended may wait for the rest; None: until all has.
    """

    long_milliseconds: int
    wave_seconds: float | None = None
    at_once: int = AT_ONCE_START
    on_way: int = 0
    _learned_at: float = -1.0
    _freed: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def share(self, most: int) -> AsyncIterator["Share"]:
        """Wait until a share is free and have it for the block: at most ``most``, at least one.

        That may take a while: who goes by a clock reads it afterwards.
        """
        while self.on_way and self.at_once - self.on_way < SHARE_MIN:
            self._freed.clear()
            await self._freed.wait()
        share = Share(self, max(1, min(most, self.at_once - self.on_way)))
        self.on_way += share.left
        try:
            yield share
        finally:
            share.give(share.left)

    def free(self, number: int) -> None:
        """Take note that so many less are on their way."""
        if number:
            self.on_way -= number
            self._freed.set()

    def learn(self, milliseconds: int, *, began: float, is_full: bool) -> None:
        """Fit it to how long a batch took that began at ``began`` (seconds, monotonic).

        What began before the last change tells nothing new.
        """
        if began < self._learned_at:
            return
        if milliseconds > self.long_milliseconds:
            fitted = max(AT_ONCE_MIN, self.at_once // 2)
        elif is_full and milliseconds < self.long_milliseconds // 2:
            fitted = min(AT_ONCE_MAX, self.at_once * 2)
        else:
            return
        self.at_once, self._learned_at = fitted, began + milliseconds / 1000


@dataclass(slots=True)
class Share:
    """How many calls one batch may still have on their way, out of its ``pace``."""

    pace: Pace
    left: int

    def give(self, number: int) -> None:
        """Give back what has come to its end, or was not needed."""
        self.left -= number
        self.pace.free(number)
