"""Draws of real numbers, each a hash of the seed and of what it is for."""

from math import exp, log
from statistics import NormalDist
from typing import Final

from pspsim.draws import Draws

_NORMAL: Final = NormalDist()
_WHOLE: Final = float(1 << 64)


class Chance:
    """Draw numbers for one seed; equal arguments draw the same number whenever asked."""

    __slots__ = ("_draws",)

    def __init__(self, seed: int) -> None:
        """Start from ``seed``."""
        self._draws = Draws(seed)

    def uniform(self, stream: str, *entity: str | int) -> float:
        """Draw from (0, 1)."""
        return (self._draws.number(stream, *entity) + 0.5) / _WHOLE

    def between(self, low: float, high: float, stream: str, *entity: str | int) -> float:
        """Draw evenly from (``low``, ``high``)."""
        return low + (high - low) * self.uniform(stream, *entity)

    def normal(self, stream: str, *entity: str | int) -> float:
        """Draw from the standard normal distribution."""
        return _NORMAL.inv_cdf(min(self.uniform(stream, *entity), 1 - 1e-16))

    def lognormal(self, spread: float, stream: str, *entity: str | int) -> float:
        """Draw a positive number of median 1 whose logarithm has the standard deviation given."""
        return exp(spread * self.normal(stream, *entity))

    def wait(self, mean: float, stream: str, *entity: str | int) -> float:
        """Draw from the exponential distribution."""
        return -mean * log(self.uniform(stream, *entity))
