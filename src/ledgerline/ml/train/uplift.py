"""Whom an offer keeps, learned from offers that were made by lot, and how many are worth it.

A DR-learner (Kennedy, "Towards optimal doubly robust estimation of heterogeneous causal effects",
2023): who stays is predicted for both arms from other customers (five folds), what remains is
weighed by the known share of offers, and what comes out is laid over facts. Value of an offer =
what it keeps × margin - what is taken × discount, also by those who would have stayed. Customers
are ranked by it, and offers are worth it from the top for as long as the value of the next part,
by the experiment itself and not by any belief, is above nothing with a lower 80 % bound.
"""

from collections.abc import Mapping
from math import erfc
from typing import Final, NamedTuple

import numpy as np

from ledgerline.ml.evaluate.log import Bools, Floats, Ints
from ledgerline.ml.train.cells import Families, fitted_chances, fitted_values, sigmoid
from ledgerline.ml.train.facts import Facts, laid, some, summed

FAMILIES: Final[Families] = (
    ("tenure",), ("plan",), ("market",), ("usage",), ("fall",), ("price",), ("pauses",),
    ("tenure", "usage"), ("usage", "price"), ("tenure", "fall"), ("tenure", "plan"),
)  # fmt: skip
FOLDS: Final = 5
PARTS: Final = 20
LOWEST: Final = 0.1
"""The share with the lowest value that is never made an offer: some of them it reminds to leave."""
HELD_OUT: Final = 0.1
"""The share of customers that is never made an offer, so that its worth can always be told."""
BOUND: Final = 1.2816  # standard errors: the lower end of an interval of 80 %
SHRINKAGE: Final = 12.0
EFFECT_SHRINKAGE: Final = 1000.0
_LEFT_OUT_MIN: Final = 20  # who stays or leaves in an arm; fewer tell nothing
_EXPECTED_MIN: Final = 20.0  # of both arms in a cell; fewer are not looked at
_BY_CHANCE: Final = 0.001  # so often a lot is taken for none


class NotByLot(Exception):
    """Refuse to learn from offers that were not made by the lot that is told: a defect."""


class TooFewOffers(Exception):
    """Refuse to learn from an experiment that tells nothing."""


class Arms(NamedTuple):
    """An experiment: of each customer the facts, whether the lot made the offer, what came of it.

    ``share`` of all were made it. ``margin`` is what a customer brings who stays, ``discount`` what
    the offer costs where it is taken, both in minor units. ``families`` are the facts, and pairs of
    them, that are summed.
    """

    facts: Facts
    share: float
    is_offered: Bools
    stayed: Floats
    took: Floats
    margin: Floats
    discount: Floats
    families: Families = FAMILIES


class Uplift(NamedTuple):
    """What an offer does: cells of the effect on staying and of taking it, and from which value.

    ``floor`` is the value (minor units) from which offers are worth it, infinite where none is;
    ``lowest`` the one below which none is ever made.
    """

    effect: Mapping[str, float]
    takes: Mapping[str, float]
    floor: float
    lowest: float
    families: Families = FAMILIES


class Outlook(NamedTuple):
    """What is believed of an offer to each: its value and its cost, in minor units."""

    value: Floats
    cost: Floats


def learn(arms: Arms) -> Uplift:
    """Learn from an experiment; raises ``NotByLot`` and ``TooFewOffers``."""
    _enough(arms)
    check_lot(arms)
    folds = np.arange(len(arms.stayed)) % FOLDS
    effects = _effects(arms, folds)
    takes = _fit_takes(arms)
    believed = np.empty(len(folds))
    for fold in range(FOLDS):
        ours = folds == fold
        cells = _fit_effect(arms.families, some(arms.facts, ~ours), effects[~ours])
        believed[ours] = summed(arms.families, cells, some(arms.facts, ours))
    cost = sigmoid(summed(arms.families, takes, arms.facts)) * arms.discount
    floor, lowest = _floors(believed * arms.margin - cost, _worth(arms, effects))
    return Uplift(
        effect=_fit_effect(arms.families, arms.facts, effects),
        takes=takes,
        floor=floor,
        lowest=lowest,
        families=arms.families,
    )


def outlook(uplift: Uplift, facts: Facts, margin: Floats, discount: Floats) -> Outlook:
    """Say what an offer to each would be worth and cost."""
    cost = sigmoid(summed(uplift.families, uplift.takes, facts)) * discount
    return Outlook(summed(uplift.families, uplift.effect, facts) * margin - cost, cost)


def chosen(uplift: Uplift, seen: Outlook, may: Bools, budget: float) -> Bools:
    """Choose whom to make the offer of those who ``may``: the highest values inside the budget."""
    worth = may & (seen.value >= uplift.floor) & (seen.value > uplift.lowest)
    return within_budget(seen.value, seen.cost, worth, budget)


def within_budget(score: Floats, cost: Floats, may: Bools, budget: float) -> Bools:
    """Take the highest scores whose costs together stay inside a budget."""
    order = np.argsort(-score, kind="stable")
    order = order[may[order]]
    found = np.zeros(len(score), dtype=np.bool_)
    found[order[np.cumsum(cost[order]) <= budget]] = True
    return found


def _effects(arms: Arms, folds: Ints) -> Floats:
    """Return what each customer says of the effect on staying (the pseudo-outcome)."""
    found = np.empty(len(folds))
    for fold in range(FOLDS):
        ours = folds == fold
        facts = some(arms.facts, ours)
        without, with_it = (
            _stays(arms, ~ours & (arms.is_offered == arm), facts) for arm in (False, True)
        )
        was = arms.is_offered[ours]
        seen = arms.stayed[ours] - np.where(was, with_it, without)
        weight = np.where(was, 1 / arms.share, -1 / (1 - arms.share))
        found[ours] = with_it - without + weight * seen
    return found


def _stays(arms: Arms, of: Bools, facts: Facts) -> Floats:
    taught = some(arms.facts, of)
    cells = fitted_chances(arms.families, taught, arms.stayed[of], shrinkage=SHRINKAGE)
    return sigmoid(summed(arms.families, cells, facts))


def _fit_effect(families: Families, facts: Facts, effects: Floats) -> dict[str, float]:
    return fitted_values(families, facts, effects, shrinkage=EFFECT_SHRINKAGE)


def _fit_takes(arms: Arms) -> dict[str, float]:
    was = arms.is_offered
    return fitted_chances(arms.families, some(arms.facts, was), arms.took[was], shrinkage=SHRINKAGE)


def _worth(arms: Arms, effects: Floats) -> Floats:
    """Return what each customer says of the value of an offer, in minor units."""
    taken = np.where(arms.is_offered, arms.took / arms.share, 0.0)
    return effects * arms.margin - taken * arms.discount


def _floors(value: Floats, worth: Floats) -> tuple[float, float]:
    """Return the value from which offers are worth it, and the one below which none is made."""
    order = np.argsort(-value, kind="stable")
    floor = np.inf
    for part in np.array_split(order, PARTS):
        error = worth[part].std(ddof=1) / np.sqrt(len(part))
        if worth[part].mean() - BOUND * error <= 0:
            break
        floor = float(value[part].min())
    return float(floor), float(np.quantile(value, LOWEST))


def _enough(arms: Arms) -> None:
    for arm in (False, True):
        stayed = arms.stayed[arms.is_offered == arm]
        least = min(stayed.sum(), len(stayed) - stayed.sum())
        if least < _LEFT_OUT_MIN:
            raise TooFewOffers(f"{int(least)} ends in an arm, {_LEFT_OUT_MIN} are needed")


def check_lot(arms: Arms) -> None:
    """Raise ``NotByLot`` where offers were not made to the share that is told, whoever it was.

    Looked at are all customers together and each cell of facts by itself; as many as there are, a
    right lot is refused once in a thousand times (Bonferroni).
    """
    share = arms.share
    worst, cells = 0.0, 0
    for family in ((), *arms.families):
        over = laid(0, family, arms.facts)
        counts = np.bincount(over.numbers)
        large = counts * min(share, 1 - share) >= _EXPECTED_MIN
        offered = np.bincount(over.numbers, weights=arms.is_offered)
        off = np.abs(offered - share * counts)[large] / np.sqrt(counts[large] * share * (1 - share))
        worst, cells = max(worst, float(off.max(initial=0.0))), cells + int(large.sum())
    if erfc(worst / 2**0.5) * cells < _BY_CHANCE:
        raise NotByLot(
            f"{worst:.1f} deviations from a lot of {100 * share:g} %, in one of {cells} cells"
        )
