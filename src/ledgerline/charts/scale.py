"""Where the lines of a chart stand, and how high a value is between the lowest and highest."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_STEPS_MAX: Final = 4
_ROUND: Final = (1, 2, 5)
HEIGHT: Final = 1_000
"""Units of a plot from its bottom to its top; it stretches to any size."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Marks from the lowest to the highest in equal, round steps; at least two of them."""

    marks: tuple[int, ...]

    @property
    def low(self) -> int:
        """The lowest mark."""
        return self.marks[0]

    @property
    def high(self) -> int:
        """The highest mark."""
        return self.marks[-1]

    def down(self, value: int) -> float:
        """Return how far below the top a value stands, in units of the plot."""
        return HEIGHT * (self.high - value) / (self.high - self.low)


def scale(values: Iterable[int], *, from_zero: bool = True) -> Scale:
    """Choose marks around ``values``: with zero among them, or near the values where they lie."""
    found = list(values)
    if from_zero or not found:
        found.append(0)
    low, high = min(found), max(found)
    if low == high:
        high = low + 1
    step = _step(high - low)
    first, last = low // step, -(-high // step)
    return Scale(tuple(number * step for number in range(first, last + 1)))


def _step(span: int) -> int:
    """Return the least of 1, 2, 5, 10, … with which a span takes few enough steps."""
    size = 1
    while True:
        for factor in _ROUND:
            if span <= factor * size * _STEPS_MAX:
                return factor * size
        size *= 10
