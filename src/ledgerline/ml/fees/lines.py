"""Settlement lines of charges, and what their fees may go by."""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
LINES_MIN: Final = 12
"""Fewer say nothing of a contract."""


class TooFewLines(Exception):
    """Refuse to read a contract out of less than can tell anything."""


class MixedCurrencies(Exception):
    """Refuse to read one contract out of amounts of several currencies."""


class Cluster(NamedTuple):
    """What lines have in common that have one contract; ``charged_in`` was exchanged if it differs.

    The unknown is ``""``.
    """

    account: str
    currency: str
    charged_in: str
    region: str
    funding: str
    brand: str


class FeeLine(NamedTuple):
    """A line of a charge: minor units of the currency it was settled in; and who sold.

    Contracts are of accounts, whoever sells there: a month's sum is that of all.
    """

    line: str
    cluster: Cluster
    settled_on: date
    amount_minor: int
    fee_minor: int
    seller: str = ""


class Columns(NamedTuple):
    """Lines as arrays, in the order of their days: the proleptic day, amount and fee.

    ``volumes`` are what was charged before each in its month, at its account in its currency.
    """

    days: Ints
    amounts: Ints
    fees: Ints
    volumes: Ints

    def rows(self, which: Bools | slice) -> "Columns":
        """Return some of the lines."""
        return Columns(*(one[which] for one in self))

    @property
    def size(self) -> int:
        """How many lines there are."""
        return len(self.days)


def columns(lines: Sequence[FeeLine], volumes: Sequence[int]) -> Columns:
    """Return lines of one currency as arrays; raises ``MixedCurrencies``."""
    found = sorted({one.cluster.currency for one in lines})
    if len(found) > 1:
        raise MixedCurrencies(f"lines of {' and '.join(found)} have no contract in common")
    return Columns(
        days=np.asarray([one.settled_on.toordinal() for one in lines], np.int64),
        amounts=np.asarray([one.amount_minor for one in lines], np.int64),
        fees=np.asarray([one.fee_minor for one in lines], np.int64),
        volumes=np.asarray(volumes, np.int64),
    )


def volumes_of(lines: Sequence[FeeLine]) -> list[int]:
    """Say what was charged before each line in its month, at its account in its currency."""
    sums: dict[tuple[str, str, int, int], int] = {}
    found = []
    for one in lines:
        day = one.settled_on
        key = (one.cluster.account, one.cluster.currency, day.year, day.month)
        found.append(sums.get(key, 0))
        sums[key] = found[-1] + one.amount_minor
    return found
