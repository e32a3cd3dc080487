"""Who pays when: payments over days, by hour and segment."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate, product
from typing import Final, NamedTuple

from pspsim.routing.chance import Chance

DAY: Final = 86_400
HOUR: Final = 3_600
MARKETS: Final = (
    ("DE", "central"), ("AT", "central"), ("FR", "south"),
    ("IT", "south"), ("SE", "north"), ("DK", "north"),
)  # fmt: skip
BRANDS: Final = ("visa", "mastercard")
FUNDINGS: Final = ("credit", "debit")
# Payments an hour relative to each other: quiet nights, a peak in the evening.
_HOURS: Final = (
    2, 1, 1, 1, 1, 2, 4, 6, 7, 8, 8, 8, 9, 8, 8, 8, 8, 9, 10, 11, 11, 9, 6, 4,
)  # fmt: skip


class Segment(NamedTuple):
    """What of a payment its approval depends on."""

    market: str
    region: str
    brand: str
    funding: str


class Payment(NamedTuple):
    """One payment: when (seconds from the start), of which segment, and its luck in [0, 1)."""

    no: int
    at: int
    segment: int
    luck: float


SEGMENTS: Final = tuple(
    Segment(market, region, brand, funding)
    for (market, region), brand, funding in product(MARKETS, BRANDS, FUNDINGS)
)


def traffic(chance: Chance, *, days: int, per_day: int, shifts: bool) -> Iterator[Payment]:
    """Draw the payments in the order of time; with ``shifts`` the mix of segments turns halfway."""
    first = _weights(chance, "segment weight")
    second = _weights(chance, "segment weight later") if shifts else first
    hours = list(accumulate(_HOURS))
    no = 0
    for day in range(days):
        weights = second if 2 * day >= days else first
        drawn = sorted(
            (_second_of_day(chance.uniform("at", day, one), hours), one) for one in range(per_day)
        )
        for second_of_day, one in drawn:
            point = chance.uniform("segment", day, one) * weights[-1]
            segment = min(bisect_right(weights, point), len(SEGMENTS) - 1)
            luck = chance.uniform("luck", day, one)
            yield Payment(no, day * DAY + second_of_day, segment, luck)
            no += 1


def _weights(chance: Chance, stream: str) -> list[float]:
    """Draw how common the segments are, some ten times as common as others; running sums."""
    return list(accumulate(chance.lognormal(0.8, stream, no) for no in range(len(SEGMENTS))))


def _second_of_day(uniform: float, hours: list[int]) -> int:
    point = uniform * hours[-1]
    hour = min(bisect_right(hours, point), 23)
    within = (point - (hours[hour] - _HOURS[hour])) / _HOURS[hour]
    return hour * HOUR + min(int(within * HOUR), HOUR - 1)
