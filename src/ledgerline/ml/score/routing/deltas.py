"""What workers tell each other: counts of outcomes, appended and never changed."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

TICK_SECONDS: Final = 600
"""Outcomes are learned from in ticks of this length, by when they became known."""


class Segment(NamedTuple):
    """What of a charge its approval depends on; what nobody knows is the empty string."""

    market: str
    region: str
    brand: str
    funding: str


class Delta(NamedTuple):
    """Outcomes that one worker saw in one tick, of a segment at an account."""

    tick: int
    segment: Segment
    account: str
    tries: int
    approved: int


class Counted(NamedTuple):
    """Outcomes of a segment at an account in a tick, of all workers."""

    segment: Segment
    account: str
    tries: int
    approved: int


def ticks(deltas: Iterable[Delta]) -> list[tuple[int, list[Counted]]]:
    """Add up deltas by tick, oldest first: their order, and who saw what, make no difference."""
    sums: dict[int, dict[tuple[Segment, str], list[int]]] = defaultdict(dict)
    for one in deltas:
        if not 0 <= one.approved <= one.tries:
            raise ValueError(one)
        both = sums[one.tick].setdefault((one.segment, one.account), [0, 0])
        both[0] += one.tries
        both[1] += one.approved
    return [
        (
            tick,
            [Counted(*key, tries, approved) for key, (tries, approved) in sorted(cells.items())],
        )
        for tick, cells in sorted(sums.items())
    ]
