"""Draws for a whole crowd at once: each number is a hash of the seed, a stream and a customer."""

from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pspsim.draws import Draws

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)  # the steps of splitmix64 (Steele et al., 2014)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)
_KEPT_BITS: Final = np.uint64(11)
_UNIT: Final = 2.0**-53
_QUANTILES: Final = 4096


class Crowd:
    """Draw a number for each of ``size`` customers of one seed."""

    __slots__ = ("_draws", "_numbers", "size")

    def __init__(self, seed: int, size: int) -> None:
        """Give customers numbers from 0; the same number is the same customer in any size."""
        self.size = size
        self._draws = Draws(seed)
        self._numbers = np.arange(1, size + 1, dtype=np.uint64) * _GOLDEN

    def uniform(self, stream: str, *at: str | int) -> Floats:
        """Draw from (0, 1)."""
        mixed = self._numbers ^ np.uint64(self._draws.number(stream, *at))
        mixed = mixed * _GOLDEN
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
        mixed ^= mixed >> np.uint64(31)
        found: Floats = ((mixed >> _KEPT_BITS).astype(np.float64) + 0.5) * _UNIT
        return found

    def normal(self, stream: str, *at: str | int) -> Floats:
        """Draw from the standard normal distribution, by a table of its quantiles."""
        place = self.uniform(stream, *at) * (_QUANTILES - 1)
        found: Floats = np.interp(place, np.arange(_QUANTILES), _NORMAL)
        return found

    def happens(self, chance: Floats | float, stream: str, *at: str | int) -> Bools:
        """Say for each whether something of a probability happens."""
        found: Bools = self.uniform(stream, *at) < chance
        return found


_NORMAL: Final[Floats] = np.array(
    [NormalDist().inv_cdf((no + 0.5) / _QUANTILES) for no in range(_QUANTILES)]
)


def sigmoid(logits: Floats) -> Floats:
    """Return probabilities."""
    found: Floats = 1 / (1 + np.exp(-logits))
    return found
