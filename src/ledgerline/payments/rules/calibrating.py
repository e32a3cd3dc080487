"""Whether tries succeed as often as a model believed they would, week by week.

The interval is Wilson's (1927), 95 %, of the share that succeeded, as if tries had nothing in
common: customers do have, so that it is rather too narrow.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Context, Decimal, localcontext
from itertools import groupby
from typing import Final, NamedTuple

from ledgerline.payments.rows.learning import BeliefRow
from ledgerline.payments.rules.routing import PPM

WEEKS_SHOWN: Final = 12
TRIES_MIN: Final = 200
"""With fewer tries in a week nothing is made of it."""
_SQUARED: Final = Decimal("3.841459")  # the normal quantile of 97.5 %, squared


class Week(NamedTuple):
    """What a model believed of the tries that were decided in a week, and what came, in ppm.

    ``low_ppm`` to ``high_ppm`` is the 95 % interval of ``seen_ppm``; ``off_ppm`` is the mean
    distance of belief and outcome over tenths of belief (expected calibration error).
    """

    monday: date
    tries: int
    believed_ppm: int
    seen_ppm: int
    low_ppm: int
    high_ppm: int
    off_ppm: int

    @property
    def is_off(self) -> bool:
        """Say whether what was believed lies outside the interval of what came."""
        enough = self.tries >= TRIES_MIN
        return enough and not self.low_ppm <= self.believed_ppm <= self.high_ppm


def weeks(rows: Sequence[BeliefRow]) -> tuple[Week, ...]:
    """Put the tenths of each week together; rows are in the order of their weeks."""
    return tuple(_week(monday, list(some)) for monday, some in groupby(rows, lambda row: row.week))


def week_sentence(one: Week) -> str:
    """Say what was believed of a week and what came."""
    low, high = percent(one.low_ppm), percent(one.high_ppm)
    return (
        f"believed {percent(one.believed_ppm)}, seen {percent(one.seen_ppm)} ({low} to {high})"
        f" of {one.tries:,} tries"
    )


def percent(ppm: int) -> str:
    """Write a share with two digits."""
    return f"{Decimal(ppm) / 10_000:.2f} %"


def _week(monday: date, rows: Sequence[BeliefRow]) -> Week:
    tries, good = sum(row.tries for row in rows), sum(row.good for row in rows)
    low, high = _wilson(good, tries)
    return Week(
        monday=monday,
        tries=tries,
        believed_ppm=sum(row.believed for row in rows) // tries,
        seen_ppm=PPM * good // tries,
        low_ppm=low,
        high_ppm=high,
        off_ppm=sum(abs(row.believed - PPM * row.good) for row in rows) // tries,
    )


def _wilson(good: int, tries: int) -> tuple[int, int]:
    with localcontext(Context(prec=28)):
        middle = good + _SQUARED / 2
        reach = (_SQUARED * (Decimal(good) * (tries - good) / tries + _SQUARED / 4)).sqrt()
        low, high = (PPM * (middle + side) / (tries + _SQUARED) for side in (-reach, reach))
        return int(low), int(high)
