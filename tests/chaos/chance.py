"""Seeded choices: the same seed draws the same sequence, whatever else happens."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Chance:
    """A stream of draws named by its seed."""

    seed: str
    drawn: int = 0

    def below(self, limit: int) -> int:
        """Draw a whole number from 0 to ``limit`` - 1."""
        self.drawn += 1
        text = f"{self.seed}/{self.drawn}".encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest()) % limit

    def hits(self, per_thousand: int) -> bool:
        """Say yes that often."""
        return self.below(1000) < per_thousand

    def of(self, choices: Sequence[T]) -> T:
        """Pick one."""
        return choices[self.below(len(choices))]

    def between(self, low_ms: int, high_ms: int) -> float:
        """Draw a duration and return it in seconds."""
        return (low_ms + self.below(high_ms - low_ms + 1)) / 1_000
