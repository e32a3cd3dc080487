"""Contracts as lines show them: by cluster, tier and time."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import numpy as np

from ledgerline.ml.fees.fitting import Hints, fit
from ledgerline.ml.fees.lines import (
    LINES_MIN,
    Bools,
    Cluster,
    Columns,
    FeeLine,
    Ints,
    TooFewLines,
    columns,
    volumes_of,
)
from ledgerline.ml.fees.periods import Agreed, Period, Span, agreed, periods, rises
from ledgerline.ml.fees.tariff import MICRO, Tariff
from ledgerline.ml.fees.tiers import thresholds

GOOD_LINES: Final = 200
FAIR_LINES: Final = 30
GOOD_PPM: Final = 500  # five basis points
FAIR_PPM: Final = 1_500
EXACT_SHARE: Final = 0.95
"""Fewer lines within rounding are no contract that anybody could be held to."""
LEVEL_LINES: Final = 3
MIXED_SHARE: Final = 0.25
MIXED_SPREAD: Final = 0.6
CONFIRMED: Final = 3  # clusters and tiers
RATE_LEAST: Final = 1_000  # ppm: where nearly all is a bound, nothing is known of the share
Key = tuple[str, str]
Announced = Mapping[Key, frozenset[date]]
"""Days for which an account announced other fees, by account and currency."""
Cards = Mapping[Key, Tariff]
"""What a finance team knows of fees, by account and currency."""
NOTHING: Final[Mapping[Key, Any]] = MappingProxyType({})


class Grade(StrEnum):
    """How far a rate may be believed."""

    GOOD = "good"  # of 200 lines, half of them within five basis points
    FAIR = "fair"  # of 30 lines, or of lines that are like it; half within fifteen
    CARD = "card"  # nothing better than what was loaded is known


class DearSpan(NamedTuple):
    """From a day to before another lines follow a dearer tariff; to now where that is None."""

    since: date
    until: date | None
    tariff: Tariff

    def holds(self, day: date) -> bool:
        """Say whether lines of a day follow it."""
        return self.since <= day and (self.until is None or day < self.until)


class Rate(NamedTuple):
    """What is kept of lines of a cluster, above so much in a month, from a day to before another.

    ``until`` is None where it holds. Lines ``are_held_to`` it where nearly all follow it exactly;
    in the spans ``dear`` they follow one that was not agreed.
    """

    cluster: Cluster
    from_minor: int
    since: date
    until: date | None
    tariff: Tariff
    grade: Grade
    lines: int
    median_error_ppm: int
    are_held_to: bool
    dear: tuple[DearSpan, ...] = ()

    def charged(self, day: date) -> Tariff:
        """Return what is kept on a day, agreed or not: what one more charge costs."""
        return next((one.tariff for one in self.dear if one.holds(day)), self.tariff)


class Contracts(NamedTuple):
    """All rates, and the sums of a month from which an account takes less."""

    rates: tuple[Rate, ...]
    thresholds: Mapping[Key, tuple[int, ...]]

    def floor(self, cluster: Cluster, volume_minor: int) -> int:
        """Return the sum of a month that holds: the largest threshold that was reached."""
        sums = (0, *self.thresholds.get((cluster.account, cluster.currency), ()))
        return sums[bisect_right(sums, volume_minor) - 1]


class Lookup:
    """Rates by cluster and sum of a month, for many lines."""

    def __init__(self, contracts: Contracts) -> None:
        """Index the rates of contracts."""
        self._contracts = contracts
        self._rates: dict[tuple[Cluster, int], list[Rate]] = {}
        for rate in contracts.rates:
            self._rates.setdefault((rate.cluster, rate.from_minor), []).append(rate)

    def of(self, cluster: Cluster, volume_minor: int, day: date) -> Rate | None:
        """Return the rate of a line before which so much was charged in its month.

        Before the first rate of a cluster that one counts.
        """
        own = self._rates.get((cluster, self._contracts.floor(cluster, volume_minor)), ())
        return next((rate for rate in reversed(own) if rate.since <= day), own[0] if own else None)


def read_contracts(
    lines: Sequence[FeeLine], *, announced: Announced = NOTHING, cards: Cards = NOTHING
) -> Contracts:
    """Read contracts out of lines in the order of their days; raises ``TooFewLines``.

    What they are of decides alone: not their order within a day.
    """
    if len(lines) < LINES_MIN:
        raise TooFewLines(f"{len(lines)} lines are too few: {LINES_MIN} are needed")
    grouped = by_cluster(lines)
    days = [one.settled_on.toordinal() for one in lines]
    span = (min(days), max(days) + 1)
    found: dict[Key, tuple[int, ...]] = {}
    rates: list[Rate] = []
    for key in sorted({(one.account, one.currency) for one in grouped}):
        own = {one: grouped[one] for one in sorted(grouped) if (one.account, one.currency) == key}
        found[key] = thresholds(list(own.values()))
        hints = _hints(own.values())
        readers = [
            _Reader(
                own=own,
                tier=tier,
                floor=floor,
                found=_periods(tier, span, hints),
                hints=hints,
            )
            for floor, tier in _tiers(own, found[key])
        ]
        told = announced.get(key, frozenset())
        told |= _confirmed([day for one in readers for day in one.changes(told)])
        rates += [rate for one in readers for rate in one.rates(told, cards.get(key))]
    return Contracts(tuple(rates), found)


def by_cluster(lines: Sequence[FeeLine]) -> dict[Cluster, Columns]:
    """Return lines as columns, by what contracts go by, in the order of their days."""
    ordered = sorted(lines, key=lambda one: one.settled_on)
    some: dict[Cluster, tuple[list[FeeLine], list[int]]] = {}
    for line, volume in zip(ordered, volumes_of(ordered), strict=True):
        own = some.setdefault(line.cluster, ([], []))
        own[0].append(line)
        own[1].append(volume)
    return {cluster: columns(*own) for cluster, own in some.items()}


def _tiers(
    own: Mapping[Cluster, Columns], sums: Sequence[int]
) -> Iterator[tuple[int, dict[Cluster, Columns]]]:
    bounds = [*sums, np.iinfo(np.int64).max]
    for low, high in zip((0, *sums), bounds, strict=True):
        parts = {
            cluster: lines.rows((lines.volumes >= low) & (lines.volumes < high))
            for cluster, lines in own.items()
        }
        yield low, {cluster: lines for cluster, lines in parts.items() if lines.size}


def _hints(clusters: Iterable[Columns]) -> Hints:
    """Return bounds and fixed parts that clusters of an account have, most of them first."""
    fitted = [fit(one.amounts, one.fees) for one in clusters if one.size >= FAIR_LINES]
    least = Counter(one.least_minor for one in fitted if one.least_minor is not None)
    most = Counter(one.most_minor for one in fitted if one.most_minor is not None)
    fixed = Counter(one.fixed_micro for one in fitted if one.rate_ppm >= RATE_LEAST)
    return Hints(
        least=tuple(value for value, _ in least.most_common(2)),
        most=tuple(value for value, _ in most.most_common(2)),
        fixed=tuple(value for value, count in fixed.most_common(2) if count > 1),
    )


def _periods(
    tier: Mapping[Cluster, Columns], span: tuple[int, int], hints: Hints
) -> dict[Cluster, list[Period]]:
    return {
        cluster: periods(lines, span, hints)
        for cluster, lines in tier.items()
        if lines.size >= LINES_MIN
    }


def _confirmed(days: Sequence[int]) -> frozenset[date]:
    """Return the days on which several clusters of an account became dearer: all did then."""
    counts = Counter(days)
    return frozenset(
        date.fromordinal(day)
        for day in counts
        if sum(counts[day + off] for off in range(-1, 2)) >= CONFIRMED
    )


class _Reader(NamedTuple):
    """Reads the rates of an account, of one tier of it; ``own`` are its lines of all tiers."""

    own: Mapping[Cluster, Columns]
    tier: Mapping[Cluster, Columns]
    floor: int
    found: Mapping[Cluster, Sequence[Period]]
    hints: Hints

    def changes(self, told: Iterable[date]) -> Iterator[int]:
        """Return the days on which clusters became dearer for good that are not thin."""
        for some in self.found.values():
            if sum(one.lines.size for one in some) >= FAIR_LINES:
                yield from rises(agreed(some, told, self.hints))

    def rates(self, told: Iterable[date], card: Tariff | None) -> Iterator[Rate]:
        """Return the rates of all clusters; thin ones borrow from lines that are like them."""
        for cluster, lines in self.tier.items():
            if cluster in self.found:
                spans = agreed(self.found[cluster], told, self.hints)
                dated = list(_dated(cluster, self.floor, spans))
                if lines.size >= FAIR_LINES or all(rate.are_held_to for rate in dated):
                    yield from dated
                    continue
            yield self._borrowed(cluster, lines, card)

    def _borrowed(self, cluster: Cluster, lines: Columns, card: Tariff | None) -> Rate:
        """Take fixed part and bounds of lines that are like a cluster's, and its own level.

        What is most like it is itself in other tiers; then all brands, fundings, regions. Else what
        was loaded.
        """
        found, graded = card, Grade.CARD
        for likes in self._likes(cluster):
            pooled = Columns(*(np.concatenate(some) for some in zip(*likes, strict=True)))
            if pooled.size >= FAIR_LINES:
                shape = fit(pooled.amounts, pooled.fees, self.hints)
                found, graded = _levelled(shape, lines), Grade.FAIR
                break
        tariff = found or Tariff(0, int(np.median(lines.fees)) * MICRO)
        error = _median_error(tariff, lines)
        return Rate(
            cluster=cluster,
            from_minor=self.floor,
            since=date.fromordinal(int(lines.days[0])),
            until=None,
            tariff=tariff,
            grade=graded if error <= FAIR_PPM else Grade.CARD,
            lines=lines.size,
            median_error_ppm=error,
            are_held_to=False,
        )

    def _likes(self, cluster: Cluster) -> Iterator[list[Columns]]:
        yield [self.own[cluster]]
        for depth in (5, 4, 3):  # without the brand, then the funding, then the region
            yield [lines for one, lines in self.tier.items() if one[:depth] == cluster[:depth]]


def _levelled(shape: Tariff, lines: Columns) -> Tariff:
    """Move the share of a tariff to where the median of lines wants it, if there are some."""
    at_bound = np.isin(lines.fees, [shape.least_minor or -1, shape.most_minor or -1])
    free = lines.rows(~at_bound & (lines.amounts > 0))
    if free.size < LEVEL_LINES:
        return shape
    rate = int(np.median((free.fees * MICRO - shape.fixed_micro) / free.amounts))
    return shape._replace(rate_ppm=max(rate, 0))


def _dated(cluster: Cluster, floor: int, spans: Sequence[Agreed]) -> Iterator[Rate]:
    for no, one in enumerate(spans):
        until = None if no + 1 == len(spans) else date.fromordinal(one.until)
        error = _median_error(one.tariff, one.lines)
        yield Rate(
            cluster=cluster,
            from_minor=floor,
            since=date.fromordinal(one.since),
            until=until,
            tariff=one.tariff,
            grade=_grade(one.lines.size, error),
            lines=one.lines.size,
            median_error_ppm=error,
            are_held_to=_holds(one),
            dear=tuple(_dear(dear, is_open=dear.until == spans[-1].until) for dear in one.dear),
        )


def _dear(one: Span, *, is_open: bool) -> DearSpan:
    until = None if is_open else date.fromordinal(one.until)
    return DearSpan(date.fromordinal(one.since), until, one.tariff)


def _holds(one: Agreed) -> bool:
    """Say whether lines can be held to a tariff: of what is not dearer nearly all is exactly it.

    Of few lines nearly all must be; something has to be learned of the share; and where many are
    dearer all the time, there are two contracts, and nothing that tells them apart.
    """
    if one.tariff.rate_ppm < RATE_LEAST:
        return False
    usual = np.ones(one.lines.size, np.bool_)
    for span in one.dear:
        usual &= (one.lines.days < span.since) | (one.lines.days >= span.until)
    lines = one.lines.rows(usual)
    excess = one.tariff.excess(lines.amounts, lines.fees)
    band = one.tariff.band_micro
    not_dearer = excess <= band
    within = int((not_dearer & (excess >= -band)).sum())
    if _is_mixed(lines.days, ~not_dearer):
        return False
    of = int(not_dearer.sum()) if one.lines.size >= FAIR_LINES else lines.size
    return within >= LINES_MIN and within >= EXACT_SHARE * of


def _is_mixed(days: Ints, dearer: Bools) -> bool:
    """Say whether many lines are dearer, at all times and not for a while."""
    if dearer.sum() <= MIXED_SHARE * len(days):
        return False
    usual, some = (np.subtract(*np.quantile(one, (0.9, 0.1))) for one in (days, days[dearer]))
    return bool(some >= MIXED_SPREAD * usual)


def _grade(lines: int, error_ppm: int) -> Grade:
    if lines >= GOOD_LINES and error_ppm <= GOOD_PPM:
        return Grade.GOOD
    return Grade.FAIR if error_ppm <= FAIR_PPM else Grade.CARD


def _median_error(tariff: Tariff, lines: Columns) -> int:
    """Return by how much half of the lines are missed at most, in ppm, beyond their rounding."""
    off = np.abs(tariff.excess(lines.amounts, lines.fees)) - tariff.band_micro
    return int(np.median(np.maximum(off, 0) / np.maximum(lines.amounts, 1)))
