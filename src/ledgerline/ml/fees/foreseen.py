"""How well contracts tell fees that they were not read out of: those of the last days."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

import numpy as np

from ledgerline.ml.fees.contracts import NOTHING, Announced, Cards, Lookup, read_contracts
from ledgerline.ml.fees.lines import LINES_MIN, Cluster, FeeLine, Floats, Ints, volumes_of
from ledgerline.ml.fees.tariff import MICRO, Tariff

AHEAD: Final = timedelta(days=30)
STEPS: Final = (0, 100, 200, 500, 1_000, 1_500, 2_500, 5_000)
"""So many ppm a fee may be told off: nothing to fifty basis points."""
PARTS: Final = 10
_NEAR: Final = (500, 1_500)  # ppm: five and fifteen basis points
Tells = Callable[[Cluster, int, date], Tariff | None]
"""What a reader says of a cluster, a sum of its month and a day; None where it says nothing."""


class Near(NamedTuple):
    """The share of volume, in millionths, whose fee is told within 5 and 15 basis points.

    Beyond rounding; what nothing is said of is missed. Volume of each currency counts as many as it
    has lines.
    """

    within_5_ppm: int
    within_15_ppm: int


class Foreseen(NamedTuple):
    """Lines since a day, what contracts told of them before it, and what the loaded fees did."""

    since: date
    lines: int
    contracts: Near
    loaded: Near


class Tried(NamedTuple):
    """Lines since a day, and of each what contracts of before it and the loaded fees say."""

    since: date
    lines: Sequence[FeeLine]
    contracts: Sequence[Tariff | None]
    loaded: Sequence[Tariff | None]


def foreseen(
    lines: Sequence[FeeLine], *, announced: Announced = NOTHING, cards: Cards = NOTHING
) -> Foreseen | None:
    """Say how near contracts of all but the last thirty days come there; None as ``tried``."""
    found = tried(lines, announced=announced, cards=cards)
    return None if found is None else near(found)


def tried(
    lines: Sequence[FeeLine], *, announced: Announced = NOTHING, cards: Cards = NOTHING
) -> Tried | None:
    """Read contracts out of all but the last thirty days, and try them there.

    None where too little lies on either side. What was announced in those days is not known.
    """
    ordered = sorted(lines, key=lambda one: one.settled_on)
    if not ordered:
        return None
    since = ordered[-1].settled_on - AHEAD + timedelta(days=1)
    before = [one for one in ordered if one.settled_on < since]
    later = len(ordered) - len(before)
    if min(len(before), later) < LINES_MIN:
        return None
    told = {key: frozenset(day for day in of if day < since) for key, of in announced.items()}
    rates = Lookup(read_contracts(before, announced=told, cards=cards))

    def by_contract(cluster: Cluster, volume: int, day: date) -> Tariff | None:
        rate = rates.of(cluster, volume, day)
        return None if rate is None else rate.charged(day)

    def by_card(cluster: Cluster, volume: int, day: date) -> Tariff | None:
        del volume, day  # one fee for all
        return cards.get((cluster.account, cluster.currency))

    some = list(zip(ordered, volumes_of(ordered), strict=True))[-later:]

    def told_by(tells: Tells) -> list[Tariff | None]:
        return [tells(line.cluster, volume, line.settled_on) for line, volume in some]

    return Tried(since, [line for line, _ in some], told_by(by_contract), told_by(by_card))


def near(tried: Tried) -> Foreseen:
    """Say what share of the volume contracts and the loaded fees tell within 5 and 15 bp."""
    both = (Near(*_within(tried.lines, some, _NEAR)) for some in (tried.contracts, tried.loaded))
    return Foreseen(tried.since, len(tried.lines), *both)


def steps(tried: Tried) -> list[tuple[int, int, int]]:
    """Return by ppm: what share of the volume contracts tell within them, and the loaded fees do.

    Shares are millionths, as those of ``near`` are.
    """
    contracts = _within(tried.lines, tried.contracts, STEPS)
    return list(zip(STEPS, contracts, _within(tried.lines, tried.loaded, STEPS), strict=True))


def parts(tried: Tried) -> list[tuple[int, int, int]]:
    """Return what contracts tell and what was kept, in ppm of the volume, and how many lines.

    In parts of equal size, those of which the least is told first; what nothing is said of is in
    none.
    """
    some = [
        (one, tariff.of(one.amount_minor) / one.amount_minor)
        for one, tariff in zip(tried.lines, tried.contracts, strict=True)
        if tariff is not None
    ]
    if not some:
        return []
    weights = _weights([one for one, _ in some])
    told = np.array([ppm for _, ppm in some])
    kept = np.array([MICRO * one.fee_minor / one.amount_minor for one, _ in some])

    def mean(of: Floats, part: Ints) -> int:
        return round(float(np.average(of[part], weights=weights[part])))

    order = np.argsort(told, kind="stable")
    return [
        (mean(told, part), mean(kept, part), len(part))
        for part in np.array_split(order, min(PARTS, len(order)))
    ]


def _within(
    lines: Sequence[FeeLine], told: Sequence[Tariff | None], steps: Sequence[int]
) -> list[int]:
    weights = _weights(lines)
    off = np.array([_off(line, tariff) for line, tariff in zip(lines, told, strict=True)])
    return [round(1_000_000 * float(weights[off <= ppm].sum())) for ppm in steps]


def _off(line: FeeLine, tariff: Tariff | None) -> float:
    """Return by how many ppm of its amount a line is missed, beyond rounding."""
    if tariff is None:
        return float("inf")
    amounts, fees = (np.array([one], np.int64) for one in (line.amount_minor, line.fee_minor))
    return max(abs(int(tariff.excess(amounts, fees)[0])) - tariff.band_micro, 0) / line.amount_minor


def _weights(lines: Sequence[FeeLine]) -> Floats:
    _, currency = np.unique([one.cluster.currency for one in lines], return_inverse=True)
    amounts = np.array([one.amount_minor for one in lines], np.float64)
    means = np.bincount(currency, amounts) / np.bincount(currency)
    return amounts / means[currency] / len(lines)
