"""How often a model that does no harm is withdrawn: many runs beside each other, each looked at.

The arithmetic is that of ``payments.rules.comparing`` in floating point, for a thousand runs at
once; ``tests/bench/test_harmless.py`` holds both against each other.
"""

from typing import Final, NamedTuple

import numpy as np

from ledgerline.ml.evaluate.log import Bools, Floats, Ints
from ledgerline.payments.rows.learning import ArmRow
from ledgerline.payments.rules.comparing import ALPHA, CELLS_MIN, LOSS_MAX, MIXED
from ledgerline.payments.rules.routing import PPM
from ledgerline.payments.scores import Kind

CELLS: Final = 512
LOOKED: Final = 7  # payments of a minute
PAYMENTS: Final = 3  # of a customer, who has the luck of all of them half of the time
OWN_LUCK: Final = 0.5


class Harmless(NamedTuple):
    """A model that decides for ``percent`` of the customers and approves ``less`` than the rules.

    ``held`` (worlds × payments) is how likely rules approve; ``draws`` are of each world.
    """

    held: Floats
    percent: int
    less: float
    draws: int
    seed: int


class Tallies:
    """What came of both arms of some runs, in cells, with the sums of ``ArmRow``."""

    def __init__(self, runs: int) -> None:
        """Begin with nothing in any run."""
        self._runs = np.arange(runs)
        self._tries = np.zeros((2, runs, CELLS))
        self._good = np.zeros((2, runs, CELLS))
        self._sums = np.zeros((len(_SUMS), 2, runs))

    def add(self, acts: Ints, cells: Ints, good: Floats) -> None:
        """Add a try to each run."""
        at = (acts, self._runs, cells)
        tries, won = self._tries[at], self._good[at]
        more = (
            tries == 0,
            1,
            good,
            2 * tries + 1,
            (tries + 1) * (won + good) - tries * won,
            (2 * won + 1) * good,
        )
        for one, by in zip(self._sums, more, strict=True):
            one[acts, self._runs] += by
        self._tries[at] += 1
        self._good[at] += good

    def arm(self, run: int, *, acts: bool) -> ArmRow:
        """Return what the rule is given of an arm of a run."""
        sums = zip(_SUMS, self._sums[:, int(acts), run], strict=True)
        return ArmRow(version=0, acts=acts, **{name: int(one) for name, one in sums})

    def lowest(self) -> Floats:
        """Return the lower bound of each run's loss, in ppm; minus infinity before there is one."""
        with np.errstate(divide="ignore", invalid="ignore"):
            cells, tries, good, *_ = self._sums
            both = good.sum(axis=0) / tries.sum(axis=0)
            drawn = (good + 2) / (tries + 4)
            apart = tries * np.maximum(drawn * (1 - drawn), both * (1 - both))
            by_cells = np.maximum(self._by_cells(good / tries), self._by_cells(both))
            variance = (np.maximum(by_cells, apart) / tries**2).sum(axis=0)
            mixed, alpha = float(MIXED), float(ALPHA)
            weight = 1 / variance + mixed
            reach = variance * np.sqrt(weight * np.log(weight / (mixed * alpha * alpha)))
            low = good[0] / tries[0] - good[1] / tries[1] - reach
        found: Floats = np.where(cells.min(axis=0) >= CELLS_MIN, PPM * low, -np.inf)
        return found

    def _by_cells(self, share: Floats) -> Floats:
        cells, _, _, squares, products, good_squares = self._sums
        apart = good_squares - 2 * share * products + share * share * squares
        found: Floats = apart * cells / (cells - 1)
        return found


_SUMS: Final = ("cells", "tries", "good", "squares", "products", "good_squares")


def withdrawn(one: Harmless) -> Bools:
    """Say which runs of a model (worlds × draws) were withdrawn at some time."""
    chance = np.random.default_rng(one.seed)
    worlds, payments = one.held.shape
    size = worlds * one.draws
    runs, world = np.arange(size), np.repeat(np.arange(worlds), one.draws)
    order = np.arange(payments, dtype=np.int32) // PAYMENTS
    customers = np.stack([chance.permutation(order) for _ in runs], axis=1)
    many = (int(order[-1]) + 1, size)
    acts = (chance.random(many) * 100 < one.percent).astype(np.int8)
    cells = chance.integers(CELLS, size=many, dtype=np.int16)
    own = chance.random(many, dtype=np.float32)
    tallies, found = Tallies(size), np.zeros(size, dtype=np.bool_)
    for no, who in enumerate(customers, start=1):
        at = (who, runs)
        luck = np.where(chance.random(size) < OWN_LUCK, own[at], chance.random(size))
        good = luck < one.held[world, no - 1] - one.less * acts[at]
        tallies.add(acts[at].astype(np.int64), cells[at].astype(np.int64), good.astype(np.float64))
        if no % LOOKED == 0:
            found |= tallies.lowest() > LOSS_MAX[Kind.ROUTING]
    return found.reshape(worlds, one.draws)
