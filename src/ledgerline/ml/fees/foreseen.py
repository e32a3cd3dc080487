"""How well contracts tell fees that they were not read out of: those of the last days."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

import numpy as np

from ledgerline.ml.fees.contracts import NOTHING, Announced, Cards, Lookup, read_contracts
from ledgerline.ml.fees.lines import LINES_MIN, Cluster, FeeLine, volumes_of
from ledgerline.ml.fees.tariff import Tariff

AHEAD: Final = timedelta(days=30)
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


def foreseen(
    lines: Sequence[FeeLine], *, announced: Announced = NOTHING, cards: Cards = NOTHING
) -> Foreseen | None:
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

    tried = list(zip(ordered, volumes_of(ordered), strict=True))[-later:]
    return Foreseen(since, later, _near(tried, by_contract), _near(tried, by_card))


def _near(tried: Sequence[tuple[FeeLine, int]], tells: Tells) -> Near:
    weights = _weights([line for line, _ in tried])
    off = np.array(
        [_off(line, tells(line.cluster, volume, line.settled_on)) for line, volume in tried]
    )
    return Near(*(round(1_000_000 * float(weights[off <= ppm].sum())) for ppm in _NEAR))


def _off(line: FeeLine, tariff: Tariff | None) -> float:
    """Return by how many ppm of its amount a line is missed, beyond rounding."""
    if tariff is None:
        return float("inf")
    amounts, fees = (np.array([one], np.int64) for one in (line.amount_minor, line.fee_minor))
    return max(abs(int(tariff.excess(amounts, fees)[0])) - tariff.band_micro, 0) / line.amount_minor


def _weights(lines: Sequence[FeeLine]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    _, currency = np.unique([one.cluster.currency for one in lines], return_inverse=True)
    amounts = np.array([one.amount_minor for one in lines], np.float64)
    means = np.bincount(currency, amounts) / np.bincount(currency)
    return amounts / means[currency] / len(lines)
