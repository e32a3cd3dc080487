"""How certain an estimate is: customers are drawn anew, each with all of their decisions."""

from typing import Final, NamedTuple

import numpy as np

from ledgerline.ml.evaluate.log import Floats, Ints

DRAWS: Final = 1_000
SEED: Final = 20_260
"""Draws are the same whenever the same log is asked."""
_LOW, _HIGH = 2.5, 97.5
NORMAL: Final = 1.96


class Interval(NamedTuple):
    """A value between its 95 % bounds."""

    value: float
    low: float
    high: float


def by_customer(customers: Ints, terms: Floats) -> Floats:
    """Add up terms (decision × …) by customer."""
    _, numbers = np.unique(customers, return_inverse=True)
    found = np.zeros((int(numbers.max()) + 1, *terms.shape[1:]))
    np.add.at(found, numbers, terms)
    return found


def resampled(sums: Floats, *, draws: int = DRAWS) -> Floats:
    """Add up ``draws`` samples of customers, drawn with replacement; shape: draw × ….

    Source: Efron 1979, by cluster: payments of one customer are not independent.
    """
    chance = np.random.default_rng(SEED)
    count = len(sums)
    flat = sums.reshape(count, -1)
    found = np.empty((draws, flat.shape[1]))
    for draw in range(draws):
        times = np.bincount(chance.integers(0, count, count), minlength=count)
        found[draw] = np.einsum("i,ij->j", times, flat)  # `@` would start threads for each draw
    return found.reshape(draws, *sums.shape[1:])


def interval(value: float, drawn: Floats, *, least: float = 0.0) -> Interval:
    """Return the bounds that 95 % of the draws lie between.

    They are not nearer to the value than those of a standard error of ``least``: customers that are
    drawn anew never have what none of them had.
    """
    low, high = np.percentile(drawn, (_LOW, _HIGH))
    if least:
        low, high = min(low, value - NORMAL * least), max(high, value + NORMAL * least)
    return Interval(value, float(low), float(high))
