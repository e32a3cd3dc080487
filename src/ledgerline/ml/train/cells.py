"""A sum over families of facts, fitted by Newton steps in turn, each cell drawn towards nothing.

``ml.train.timing`` fits the same to tries of payments, one by one and in the standard library; here
months of all customers are fitted, in arrays.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from ledgerline.ml.evaluate.log import Floats
from ledgerline.ml.train.facts import Facts, Laid, laid

Families = tuple[tuple[str, ...], ...]
Slopes = Callable[[Floats], tuple[Floats, Floats]]
SWEEPS: Final = 15
_STEP_MAX: Final = 1.0
"""So far a cell moves in a sweep: a whole Newton step leaps from a small chance to certainty."""


def fitted_chances(
    families: Families, facts: Facts, happened: Floats, *, shrinkage: float
) -> dict[str, float]:
    """Fit the logit of a chance to what happened (1.0) or did not (0.0)."""

    def slopes(logits: Floats) -> tuple[Floats, Floats]:
        chances = sigmoid(logits)
        return happened - chances, chances * (1 - chances)

    share = (happened.sum() + 1) / (len(happened) + 2)
    return _fitted(
        families, facts, slopes, base=float(np.log(share / (1 - share))), drawn=shrinkage
    )


def fitted_values(
    families: Families, facts: Facts, values: Floats, *, shrinkage: float
) -> dict[str, float]:
    """Fit a mean to values, by least squares."""

    def slopes(sums: Floats) -> tuple[Floats, Floats]:
        return values - sums, np.ones_like(sums)

    return _fitted(families, facts, slopes, base=float(values.mean()), drawn=shrinkage)


def sigmoid(logits: Floats) -> Floats:
    """Return chances."""
    found: Floats = 1 / (1 + np.exp(-np.clip(logits, -40, 40)))
    return found


def _fitted(
    families: Families, facts: Facts, slopes: Slopes, *, base: float, drawn: float
) -> dict[str, float]:
    over = [laid(no, family, facts) for no, family in enumerate(families)]
    added = [np.zeros(len(one.names)) for one in over]
    sums = np.full(len(over[0].numbers), base)
    for _ in range(SWEEPS):
        for one, cells in zip(over, added, strict=True):
            sums += _step(one, cells, slopes(sums), drawn)[one.numbers]
    found = {"base": base}
    for one, cells in zip(over, added, strict=True):
        found |= {name: float(cell) for name, cell in zip(one.names, cells, strict=True)}
    return found


def _step(over: Laid, cells: Floats, at: tuple[Floats, Floats], drawn: float) -> Floats:
    """Move the cells of a family to where their rows want them; return by how much."""
    slope, curve = (np.bincount(over.numbers, one, minlength=len(cells)) for one in at)
    moved: Floats = np.clip((slope - drawn * cells) / (curve + drawn), -_STEP_MAX, _STEP_MAX)
    cells += moved
    return moved


def shown(cells: dict[str, float], scale: int) -> dict[str, int]:
    """Return cells as whole numbers; those that come to nothing are left out."""
    whole = {name: round(scale * cell) for name, cell in cells.items()}
    return {name: cell for name, cell in whole.items() if cell or name == "base"}
