"""What an account keeps of a charge: a share and a fixed part, at least and at most so much."""

from typing import Final, NamedTuple

import numpy as np

from ledgerline.ml.fees.lines import Bools, Ints

MICRO: Final = 1_000_000
BANDS: Final = (520_000, 1_020_000, 1_520_000)
"""Rounding of a line, of a batch, of three parts of a line: millionths, with a hair."""


class Tariff(NamedTuple):
    """A contract: ppm, millionths of a minor unit, and minor units; bounds of None are none.

    ``band_micro`` is how far rounding takes a line from it.
    """

    rate_ppm: int
    fixed_micro: int
    least_minor: int | None = None
    most_minor: int | None = None
    band_micro: int = BANDS[0]

    def expected(self, amounts: Ints) -> Ints:
        """Return what is kept of amounts, in millionths of a minor unit."""
        fees = self.rate_ppm * amounts + self.fixed_micro
        if self.most_minor is not None:
            fees = np.minimum(fees, self.most_minor * MICRO)
        if self.least_minor is not None:
            fees = np.maximum(fees, self.least_minor * MICRO)
        return fees

    def of(self, amount_minor: int) -> int:
        """Return what is kept of an amount, in millionths of a minor unit."""
        return int(self.expected(np.asarray([amount_minor], np.int64))[0])

    def excess(self, amounts: Ints, fees: Ints) -> Ints:
        """Return how much more was kept, in millionths of a minor unit."""
        return fees * MICRO - self.expected(amounts)

    def holds(self, amounts: Ints, fees: Ints) -> Bools:
        """Say which lines lie within its rounding."""
        found: Bools = np.abs(self.excess(amounts, fees)) <= self.band_micro
        return found


def same(one: Tariff, other: Tariff, amounts: Ints) -> bool:
    """Say whether two take the same of usual amounts: within half a unit and a basis point."""
    at = np.quantile(amounts, (0.1, 0.5, 0.9)).astype(np.int64)
    apart = np.abs(one.expected(at) - other.expected(at))
    return bool((apart <= MICRO // 2 + 100 * at).all())


def told(tariff: Tariff) -> str:
    """Say a tariff in a sentence's part: ``1.4 % + 25, at least 30``; amounts in minor units."""
    parts = f"{tariff.rate_ppm / 10_000:g} % + {tariff.fixed_micro / MICRO:g}"
    if tariff.least_minor is not None:
        parts += f", at least {tariff.least_minor}"
    if tariff.most_minor is not None:
        parts += f", at most {tariff.most_minor}"
    return parts
