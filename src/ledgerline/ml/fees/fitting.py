"""The tariff that lines follow: by consensus, then Huber's weights, then the roundest that fits.

Lines through pairs of amounts that lie far apart are tried, and the one that most lines agree with
is where it begins: errors of a minority move nothing. What is left is fitted by Huber's weights
(Huber, "Robust estimation of a location parameter", 1964). Contracts are made of round numbers: of
all that fit as well as chance allows, the roundest is taken, in steps of 0.1 bp and 0.1 minor unit.
"""

from collections.abc import Sequence
from itertools import product
from typing import Final, NamedTuple

import numpy as np

from ledgerline.ml.fees.lines import LINES_MIN, Floats, Ints, TooFewLines
from ledgerline.ml.fees.tariff import BANDS, MICRO, Tariff

_ANCHORS: Final = 28
_FLAT_MIN: Final = 3  # amounts that one bound was seen at
_INNER_MIN: Final = 4  # lines between bounds
_STEP_PPM: Final = 10  # 0.1 bp
_STEP_MICRO: Final = MICRO // 10
_CHANCE: Final = 6.0  # 95 % of a chi-squared of two degrees of freedom
_PAIRS_MAX: Final = 400
_RATE_MAX: Final = 0.2
_BANDED: Final = 0.97
_ALL: Final = 0.999  # of the lines: then no bound makes a difference


class _Linear(NamedTuple):
    rate: float
    fixed: float


class Hints(NamedTuple):
    """Smallest and largest fees, and fixed parts (millionths), that most others of an account have.

    They decide between what lines alone leave open.
    """

    least: tuple[int, ...] = ()
    most: tuple[int, ...] = ()
    fixed: tuple[int, ...] = ()


NO_HINTS: Final = Hints()


def fit(amounts: Ints, fees: Ints, hints: Hints = NO_HINTS) -> Tariff:
    """Fit a tariff to lines; raises ``TooFewLines``.

    A bound is believed where more lines agree with it than without: a few, or one if ``hints`` say
    that others have it.
    """
    if len(amounts) < LINES_MIN:
        raise TooFewLines(f"{len(amounts)} lines are too few: {LINES_MIN} are needed")
    order = np.lexsort((fees, amounts))  # so that the order of lines is nothing
    amounts, fees = amounts[order], fees[order]
    if amounts[0] == amounts[-1]:
        return Tariff(0, int(np.median(fees)) * MICRO)
    fifth = max(len(fees) // 5, _FLAT_MIN)
    best = _sloped(amounts, fees, None, None, hints=hints)
    assert best is not None, "without bounds there are lines enough"
    few = 2 + len(fees) // 100
    lows: dict[int | None, int] = {None: 0, **dict.fromkeys(hints.least, 1)}
    lows.setdefault(_flat(amounts[:fifth], fees[:fifth]), few)
    highs: dict[int | None, int] = {None: 0, **dict.fromkeys(hints.most, 1)}
    highs.setdefault(_flat(amounts[-fifth:], fees[-fifth:]), few)
    tried = sorted(product(lows.items(), highs.items()), key=lambda two: two[0][1] + two[1][1])
    for (low, low_more), (high, high_more) in tried:
        if float(best.holds(amounts, fees).mean()) < _ALL and (low, high) != (None, None):
            other = _sloped(amounts, fees, low, high, hints=hints)
            best = _better(best, other, amounts, fees, more=max(low_more, high_more))
    return _banded(best, amounts, fees)


def _better(best: Tariff, other: Tariff | None, amounts: Ints, fees: Ints, *, more: int) -> Tariff:
    """Return the tariff that more lines agree with, the other one if they are enough more."""
    if other is None:
        return best
    agree = [int(one.holds(amounts, fees).sum()) for one in (best, other)]
    return other if agree[1] >= agree[0] + more else best


def _sloped(
    amounts: Ints, fees: Ints, least: int | None, most: int | None, *, hints: Hints
) -> Tariff | None:
    """Fit what lies between two bounds; None where that is too little."""
    inner = np.ones(len(fees), np.bool_)
    if least is not None:
        inner &= fees > least
    if most is not None:
        inner &= fees < most
    amounts, fees = amounts[inner], fees[inner]
    if len(fees) < _INNER_MIN or amounts[0] == amounts[-1]:
        return None
    linear = _huber(amounts, fees, _consensus(amounts, fees))
    found = _snapped(amounts, fees, linear, hints.fixed)
    return found._replace(least_minor=least, most_minor=most, band_micro=BANDS[-1])


def _flat(amounts: Ints, fees: Ints) -> int | None:
    """Return the fee that amounts lie farthest apart for; None where none was seen of several."""
    best, widest = None, 0
    for value in np.unique(fees):
        at = amounts[fees == value]
        if len(np.unique(at)) >= _FLAT_MIN and at[-1] - at[0] > widest:
            best, widest = int(value), int(at[-1] - at[0])
    return best


def _consensus(amounts: Ints, fees: Ints) -> _Linear:
    """Return the line through two points that most lines agree with."""
    places = np.unique(np.linspace(0, len(amounts) - 1, _ANCHORS).astype(np.int64))
    first, second = np.triu_indices(len(places), 1)
    first, second = places[first], places[second]
    apart = (amounts[second] - amounts[first]).astype(np.float64)
    wide = apart >= 0.25 * (amounts[places[-2]] - amounts[places[1]])
    wide &= apart > 0
    first, second, apart = first[wide], second[wide], apart[wide]
    if not len(first):
        first, second = np.asarray([0]), np.asarray([len(amounts) - 1])
        apart = np.asarray([float(amounts[-1] - amounts[0])])
    rates = np.clip((fees[second] - fees[first]) / apart, 0.0, _RATE_MAX)
    fixed = (fees[first] + fees[second] - rates * (amounts[first] + amounts[second])) / 2
    pairs, counts = np.unique(np.stack([amounts, fees]), axis=1, return_counts=True)
    off = np.abs(pairs[1] - rates[:, None] * pairs[0] - fixed[:, None])
    agree = ((off <= 1.0 + 4e-4 * pairs[0]) * counts).sum(axis=1)
    best = int(np.argmax(agree))
    return _Linear(float(rates[best]), float(fixed[best]))


def _huber(amounts: Ints, fees: Ints, start: _Linear) -> _Linear:
    """Fit by weights that fall with the distance, from lines that agree with the start."""
    found = start
    for tolerance in (4e-4, 2e-4, 0.0, 0.0, 0.0):
        off = np.abs(fees - found.rate * amounts - found.fixed)
        near = off <= 1.6 + tolerance * amounts
        if near.sum() < 2:  # noqa: PLR2004 - a line needs two points
            return found
        weights = 1 / np.maximum(off[near], 0.5)
        found = _laid(amounts[near], fees[near], weights)
    return found


def _laid(amounts: Ints, fees: Ints, weights: Floats) -> _Linear:
    total = weights.sum()
    middle = (weights * amounts).sum() / total
    level = (weights * fees).sum() / total
    spread = (weights * (amounts - middle) ** 2).sum()
    rate = (weights * (amounts - middle) * (fees - level)).sum() / spread if spread > 0 else 0.0
    return _Linear(float(rate), float(level - rate * middle))


def _snapped(amounts: Ints, fees: Ints, linear: _Linear, usual: Sequence[int]) -> Tariff:
    """Take the roundest tariff of those that fit as well as chance allows; what is usual counts."""
    off = np.abs(fees - linear.rate * amounts - linear.fixed)
    near = off <= 1.6  # noqa: PLR2004 - rounding of three parts
    if near.sum() < _INNER_MIN:
        return _plain(linear)
    pairs = np.unique(np.stack([amounts[near], fees[near]]), axis=1)
    pairs = pairs[:, :: max(pairs.shape[1] // _PAIRS_MAX, 1)]
    rates, fixed = _candidates(pairs[0], linear)
    errors = pairs[1] - (rates[:, None] * pairs[0] + fixed[:, None]) / MICRO
    squares = (errors**2).mean(axis=1)
    widest = np.abs(errors).max(axis=1)
    count = pairs.shape[1]
    fits = widest <= BANDS[0] / MICRO  # whole units say no more than that
    if not fits.any():
        fits = count * np.log(np.maximum(squares, 1e-3) / max(squares.min(), 1e-3)) <= _CHANCE
        fits &= widest <= widest.min() + 0.02
    of_fixed = np.where(np.isin(fixed, usual), -1, _roundness(fixed // _STEP_MICRO))
    roundness = _roundness(rates // _STEP_PPM) + of_fixed
    cost = np.where(fits, roundness, 99) + squares
    if not fits.any():
        return _plain(linear)
    best = int(np.argmin(cost))
    return Tariff(int(rates[best]), int(fixed[best]))


def _plain(linear: _Linear) -> Tariff:
    return Tariff(round(linear.rate * MICRO), round(linear.fixed * MICRO))


def _candidates(amounts: Ints, linear: _Linear) -> tuple[Ints, Ints]:
    """Return round rates and fixed parts around a line: for each fixed part the rates near it."""
    middle = float(amounts.mean())
    level = linear.rate * middle + linear.fixed
    around = round(linear.fixed * 10) + np.arange(-40, 41)
    fixed = around[around >= 0] * _STEP_MICRO
    if not len(fixed):
        fixed = np.asarray([0])
    ideal = (level * MICRO - fixed) / middle
    near = [
        (np.round(ideal / step)[:, None] + np.arange(-reach, reach + 1)) * step
        for step, reach in ((_STEP_PPM, 4), (50, 2), (100, 1), (500, 0))
    ]
    rates = np.maximum(np.concatenate(near, axis=1), 0).astype(np.int64)
    return rates.ravel(), np.repeat(fixed, rates.shape[1]).astype(np.int64)


def _roundness(tenths: Ints) -> Ints:
    """Return how far from round a number of tenths is, from 0 (fives) to 3."""
    return np.where(
        tenths % 50 == 0, 0, np.where(tenths % 10 == 0, 1, np.where(tenths % 5 == 0, 2, 3))
    )


def _banded(found: Tariff, amounts: Ints, fees: Ints) -> Tariff:
    """Say how lines are rounded: as finely as most of those that agree at all."""
    off = np.abs(found.excess(amounts, fees))
    inner = off[off <= BANDS[-1]]
    for band in BANDS:
        if len(inner) and (inner <= band).mean() >= _BANDED:
            return found._replace(band_micro=band)
    return found
