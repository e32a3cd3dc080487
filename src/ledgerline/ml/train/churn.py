"""Who will leave: two heads, of their own will and by not paying, each a sum over facts.

Months in the order of time: the first ones are fitted, the next one lays a line through what was
believed and what happened (Platt, "Probabilistic outputs", 1999), and a later one, which taught
nothing and began when all that taught was known, says how it does. Never a random split: then the
same customer teaches and is asked.
"""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Final, NamedTuple

import numpy as np

from ledgerline.ml.evaluate.calibration import Bin, calibration, error
from ledgerline.ml.evaluate.intervals import NORMAL, Interval
from ledgerline.ml.evaluate.log import Floats
from ledgerline.ml.train.cells import Families, fitted_chances, shown, sigmoid
from ledgerline.ml.train.facts import Facts, summed
from ledgerline.ml.train.timing import ece_of_chance

BY_CHOICE: Final = "by_choice"
UNPAID: Final = "unpaid"
FAMILIES: Final[Mapping[str, Families]] = {
    BY_CHOICE: (
        ("tenure",), ("plan",), ("market",), ("cadence",), ("usage",), ("fall",), ("price",),
        ("pauses",), ("tenure", "usage"), ("usage", "price"), ("tenure", "fall"),
        ("tenure", "plan"), ("market", "plan"), ("failed",),
    ),
    UNPAID: (
        ("failed",), ("failures",), ("market",), ("plan",), ("cadence",), ("tenure",),
        ("failed", "failures"), ("failures", "tenure"), ("failed", "tenure"), ("market", "failed"),
    ),
}  # fmt: skip
PLAIN: Final[Mapping[str, Families]] = {
    BY_CHOICE: (("usage",), ("tenure",), ("plan",)),
    UNPAID: (("failed",), ("tenure",), ("plan",)),
}
"""The baseline, fitted the same way: recency of use, or of a refused renewal, tenure and plan."""
ACTIVITY: Final[Families] = (("usage",),)
"""The rule of thumb: who used it on few of the last 30 days leaves."""
SHRINKAGE: Final = 12.0
ENDS_MIN: Final = 30
"""Fewer ends in what teaches, or a third of it in the months after, tell nothing."""
BINS: Final = 15
_SCALE: Final = 1000  # thousandths of a logit
_LATER: Final = 3
_STEP_MAX: Final = 2.0  # of a logit: a whole Newton step can leap to where nothing slopes any more


class TooFewEnds(Exception):
    """Refuse to train where too few left to tell anything."""


class Part(NamedTuple):
    """Renewals of some months: their facts, and by head 1.0 where it ended so, else 0.0."""

    facts: Facts
    ended: Mapping[str, Floats]


class Split(NamedTuple):
    """What teaches, what calibrates and what measures, in the order of time."""

    fitted: Part
    later: Part
    latest: Part


class Head(NamedTuple):
    """How one way to leave adds up: thousandths of a logit by cell, then a line through it."""

    families: Families
    cells: Mapping[str, int]
    slope: float
    level: float


class Measured(NamedTuple):
    """How beliefs did on renewals that taught nothing.

    ``ece`` is the expected calibration error in 15 bins of equal size, ``ece_of_chance`` what it
    comes to where everybody leaves exactly as often as is believed. ``auc`` is how often of two,
    one who left and one who stayed, the first was believed the likelier, with 95 % bounds.
    """

    rows: int
    ends: int
    log_loss: float
    ece: float
    ece_of_chance: float
    auc: Interval
    bins: Sequence[Bin]


class Trained(NamedTuple):
    """A head, how it did on the latest renewals, and how baselines did on the same."""

    head: Head
    measured: Measured
    baselines: Mapping[str, Measured]


def train_head(name: str, split: Split, *, shrinkage: float = SHRINKAGE) -> Trained:
    """Fit a head and measure it beside its baselines; raises ``TooFewEnds``."""
    fitted, later, latest = (part.ended[name] for part in split)
    for ended, least in ((fitted, ENDS_MIN), (later, ENDS_MIN // _LATER)):
        _enough(name, ended, least)
    _enough(name, latest, ENDS_MIN // _LATER)
    head = fit(FAMILIES[name], split, name, shrinkage=shrinkage)
    rate = np.full(len(latest), (fitted.sum() + 1) / (len(fitted) + 2))
    baselines = {
        "base rate": measured(rate, latest),
        "recency, tenure and plan": _of_baseline(PLAIN[name], split, name),
    }
    if len(split.fitted.facts["usage"].words) > 1:  # else nobody keeps how often it is used
        baselines["days with use"] = _of_baseline(ACTIVITY, split, name)
    return Trained(head, measured(chances(head, split.latest.facts), latest), baselines)


def fit(families: Families, split: Split, name: str, *, shrinkage: float) -> Head:
    """Fit families to the first part, and a line to the second."""
    cells = shown(
        fitted_chances(families, split.fitted.facts, split.fitted.ended[name], shrinkage=shrinkage),
        _SCALE,
    )
    raw = Head(families, cells, slope=1.0, level=0.0)
    slope, level = line_through(_logits(raw, split.later.facts), split.later.ended[name])
    return raw._replace(slope=slope, level=level)


def chances(head: Head, facts: Facts) -> Floats:
    """Return how likely each leaves this way."""
    return sigmoid(head.slope * _logits(head, facts) + head.level)


def measured(believed: Floats, ended: Floats) -> Measured:
    """Hold beliefs against what happened."""
    kept = np.clip(believed, 1e-6, 1 - 1e-6)
    bins = calibration(np.log(kept / (1 - kept)), ended, bins=BINS)
    return Measured(
        rows=len(ended),
        ends=int(ended.sum()),
        log_loss=float(-(ended * np.log(kept) + (1 - ended) * np.log(1 - kept)).mean()),
        ece=error(bins),
        ece_of_chance=ece_of_chance(kept.tolist()),
        auc=_auc(believed, ended),
        bins=bins,
    )


def _of_baseline(families: Families, split: Split, name: str) -> Measured:
    head = fit(families, split, name, shrinkage=1.0)
    return measured(chances(head, split.latest.facts), split.latest.ended[name])


def _logits(head: Head, facts: Facts) -> Floats:
    return summed(head.families, head.cells, facts) / _SCALE


def _enough(name: str, ended: Floats, least: int) -> None:
    if ended.sum() < least:
        raise TooFewEnds(f"{name}: {int(ended.sum())} ends of {len(ended)}, {least} are needed")


def line_through(xs: Floats, ended: Floats) -> tuple[float, float]:
    """Return slope and level of the line; a line that falls is laid flat."""
    count = float(ended.sum())
    # Platt's targets: nothing is believed to be certain
    targets = np.where(ended > 0, (count + 1) / (count + 2), 1 / (len(ended) - count + 2))
    at = np.array([1.0, 0.0])
    sides = np.stack([xs, np.ones_like(xs)])
    held = np.diag([1.0, 0.0])  # drawn a little towards a slope of 1
    for _ in range(25):
        believed = sigmoid(at @ sides)
        slope = sides @ (targets - believed) + held @ (1 - at)
        step = np.linalg.solve((sides * (believed * (1 - believed))) @ sides.T + held, slope)
        at = at + step * _STEP_MAX / max(_STEP_MAX, float(np.abs(step @ sides).max()))
    if at[0] <= 0:
        return 0.0, float(np.log((count + 1) / (len(ended) - count + 1)))
    return float(at[0]), float(at[1])


def _auc(believed: Floats, ended: Floats) -> Interval:
    """Return the share of pairs that are in order, ties as half (Mann and Whitney).

    Its bounds are of the spread of what each row says of it (DeLong, DeLong and Clarke-Pearson
    1988); 0 to 1 where fewer than two left or stayed.
    """
    left, stayed = believed[ended > 0], believed[ended == 0]
    if min(len(left), len(stayed)) < 2:  # noqa: PLR2004 - one has no spread
        return Interval(0.5, 0.0, 1.0)
    over, under = _above(left, stayed), 1 - _above(stayed, left)
    value = float(over.mean())
    off = NORMAL * sqrt(over.var(ddof=1) / len(over) + under.var(ddof=1) / len(under))
    return Interval(value, max(value - off, 0.0), min(value + off, 1.0))


def _above(some: Floats, others: Floats) -> Floats:
    """Return for each of some the share of others that it is above, ties as half."""
    ordered = np.sort(others)
    sides = [np.searchsorted(ordered, some, side=side) for side in ("left", "right")]
    found: Floats = (sides[0] + sides[1]) / (2 * len(others))
    return found
