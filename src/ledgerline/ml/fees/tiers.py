"""From which sums of a month on an account takes less."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from ledgerline.ml.fees.fitting import fit
from ledgerline.ml.fees.lines import LINES_MIN, Columns, Floats, Ints

TIERS_MAX: Final = 3
_CANDIDATES: Final = 40
_STEP_MIN: Final = 300  # ppm: three basis points
_ROUNDS: Final = 4
_END: Final = 1 << 62
_SPREAD: Final = 0.7  # of the step: half of all months and clusters differ by less from it
_CLIP: Final = 6_000.0  # ppm
_WEIGHED_MAX: Final = 20_000
_MONTH_LINES: Final = 24
_ROUNDED: Final = 1.6e6  # minor units, for one of which a line of so many is so many ppm off
_FEW: Final = 30
_NEAR: Final = 0.25  # of all sums: what is compared lies so near, since others may follow
_LINES_MIN: Final = 120


class _Split(NamedTuple):
    at: int
    gain: float
    by: float
    is_consistent: bool


class _Pool(NamedTuple):
    """Of each line: ppm more than its cluster's tariff, its weight, its month and volume."""

    excess: Floats
    weights: Floats
    groups: Ints
    volumes: Ints

    def between(self, low: int, high: int) -> "_Pool":
        """Return the lines before which at least ``low`` and less than ``high`` was charged."""
        which = (self.volumes >= low) & (self.volumes < high)
        return self._replace(
            excess=self.excess[which],
            weights=self.weights[which],
            groups=self.groups[which],
            volumes=self.volumes[which],
        )

    def centred(self) -> "_Pool":
        """Measure from the weighted median of each month and cluster: from what most are."""
        order = np.lexsort((self.excess, self.groups))
        weights = np.cumsum(self.weights[order])
        ends = np.append(np.flatnonzero(np.diff(self.groups[order])), len(order) - 1)
        until = weights[ends]
        since = np.concatenate([[0.0], until[:-1]])
        middles = self.excess[order][np.searchsorted(weights, (since + until) / 2)]
        _, numbers = np.unique(self.groups, return_inverse=True)
        return self._replace(excess=self.excess - middles[numbers], groups=numbers.astype(np.int64))


def thresholds(clusters: Sequence[Columns]) -> tuple[int, ...]:
    """Find the sums of a month, of an account in a currency, from which less is taken.

    ``clusters`` are its lines by what contracts go by. Lines before and after a sum are compared
    within the same month and cluster, so that a contract that changes is not taken for a tier.
    """
    pool = _pooled(clusters)
    found: list[int] = []
    while len(found) < TIERS_MAX and (split := _largest(pool, found)) is not None:
        found = _settled(pool, sorted([*found, split.at]))
        if split.at not in found:
            break
    return tuple(found)


def _largest(pool: _Pool, found: Sequence[int]) -> _Split | None:
    """Find the largest step between the sums that are known."""
    windows = pairwise([0, *found, _END])
    splits = [one for two in windows if (one := _split(pool.between(*two))) is not None]
    return max(splits, key=lambda one: one.gain, default=None)


def _settled(pool: _Pool, sums: list[int]) -> list[int]:
    """Look for each sum again between its neighbours, until all stay where they are or go."""
    for _ in range(_ROUNDS):
        moved: list[int] = []
        for no, _at in enumerate(sums):
            low, high = (moved or [0])[-1], [*sums[no + 1 :], _END][0]
            split = _split(pool.between(low, high))
            if split is not None:
                moved.append(split.at)
        if moved == sums:
            break
        sums = moved
    return sums


def _pooled(clusters: Sequence[Columns]) -> _Pool:
    parts = [one for no, lines in enumerate(clusters) for one in _apart(no, lines)]
    if not parts:
        none = np.zeros(0, np.int64)
        return _Pool(np.zeros(0), np.zeros(0), none, none)
    excess, weights, groups, volumes = (np.concatenate(some) for some in zip(*parts, strict=True))
    _, numbers = np.unique(groups, return_inverse=True)
    return _Pool(excess, weights, numbers.astype(np.int64), volumes)


def _apart(no: int, lines: Columns) -> Iterator[_Pool]:
    """Hold lines of a cluster to what most of them follow: of their month, where it has enough."""
    months = _months(lines.days)
    counts = np.bincount(months - months.min())
    large = np.flatnonzero(counts >= _MONTH_LINES) + months.min()
    for month in large:
        yield _held(no, month, lines.rows(months == month))
    rest = ~np.isin(months, large)
    if rest.sum() >= LINES_MIN:
        some, own = lines.rows(rest), months[rest]
        yield _held(no, own, some)


def _held(no: int, months: Ints, lines: Columns) -> _Pool:
    tariff = fit(lines.amounts, lines.fees)
    at_bound = np.isin(lines.fees, [tariff.least_minor or -1, tariff.most_minor or -1])
    free = ~at_bound & (lines.amounts > 0)
    ppm = tariff.excess(lines.amounts, lines.fees)[free] / lines.amounts[free]
    return _Pool(
        np.clip(ppm, -_CLIP, _CLIP),
        np.minimum(lines.amounts[free], _WEIGHED_MAX).astype(np.float64) ** 2,
        np.broadcast_to(no * 100_000 + months, lines.days.shape)[free],
        lines.volumes[free],
    )


def _months(days: Ints) -> Ints:
    """Return the numbers of the calendar months of proleptic days."""
    since = np.datetime64("0001-01-01", "D") + (days - 1)
    return since.astype("datetime64[M]").astype(np.int64)


def _split(pool: _Pool) -> _Split | None:
    """Find the sum that tells the lines of a month and cluster apart best, if one does."""
    if len(pool.volumes) < _LINES_MIN:
        return None
    places = np.unique(
        np.quantile(pool.volumes, np.linspace(0.03, 0.97, _CANDIDATES)).astype(np.int64)
    )
    width = int(_NEAR * (places[-1] - places[0]))
    first = _best(pool, places, width)
    if first is None:
        return None
    near = pool.between(first.at - width, first.at + width).centred()
    sums = _round_sums(max(first.at - width // 2, 1), first.at + width // 2)
    at = max(sums, key=lambda one: _agreeing(near, one, first.by))
    best = _gain(near, at)
    return best if best.is_consistent and -best.by >= _STEP_MIN else None


def _agreeing(pool: _Pool, at: int, by: float) -> int:
    """Count the lines that agree with a step at a sum; each zero of a round sum counts as one.

    Most lines of a month and cluster may lie before the sum or after it: whichever more agree with.
    """
    after = pool.volumes >= at
    tolerance = _ROUNDED / np.sqrt(pool.weights)
    usual = np.abs(pool.excess) <= tolerance
    less = np.abs(pool.excess - by) <= tolerance
    more = np.abs(pool.excess + by) <= tolerance
    size = int(pool.groups.max()) + 1
    first = np.bincount(pool.groups, np.where(after, less, usual), size)
    second = np.bincount(pool.groups, np.where(after, usual, more), size)
    zeros = len(str(at)) - len(str(at).rstrip("0"))
    return int(np.maximum(first, second).sum()) + zeros


def _best(pool: _Pool, sums: Iterable[int], width: int) -> _Split | None:
    """Return the sum that explains most, of those from which less is taken wherever one looks."""
    found = [_gain(pool.between(int(at) - width, int(at) + width), int(at)) for at in sums]
    steps = [one for one in found if one.is_consistent and -one.by >= _STEP_MIN]
    return max(steps, key=lambda one: one.gain, default=None)


def _round_sums(low: int, high: int) -> list[int]:
    """Return sums of two digits between two bounds."""
    scale = int("1" + "0" * max(len(str(high)) - 2, 0))
    finer = max(scale // 10, 1) if high - low < _FEW * scale else scale
    return list(range(max(-(-low // finer), 1) * finer, high + 1, finer)) or [high]


def _gain(pool: _Pool, at: int) -> _Split:
    """Say how much is explained by a sum, and by how much is taken more from it on."""
    if not len(pool.groups):
        return _Split(at, 0.0, 0.0, is_consistent=False)
    after = pool.volumes >= at
    sides = 2 * pool.groups + after
    weights = np.bincount(sides, pool.weights, 2 * int(pool.groups.max()) + 2).reshape(-1, 2)
    sums = np.bincount(sides, pool.weights * pool.excess, weights.size).reshape(-1, 2)
    both = (weights > 0).all(axis=1)
    weights, sums = weights[both], sums[both]
    if not len(weights):
        return _Split(at, 0.0, 0.0, is_consistent=False)
    means = sums / weights
    shared = weights[:, 0] * weights[:, 1] / weights.sum(axis=1)
    apart = means[:, 1] - means[:, 0]
    by = _middle(apart, shared)
    gain = float((shared * (apart**2 - (apart - by) ** 2)).sum())
    return _Split(at, gain, by, _middle(np.abs(apart - by), shared) <= _SPREAD * abs(by))


def _middle(values: Floats, weights: Floats) -> float:
    """Return the weighted median: what goes wrong in one month or cluster moves nothing."""
    order = np.argsort(values)
    sums = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(sums, sums[-1] / 2)])
