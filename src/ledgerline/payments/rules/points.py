"""What a model believes, in points of a hundred: people do not think in logits."""

from collections.abc import Mapping
from math import exp
from typing import Final

_SCALE: Final = 1000  # terms are in thousandths of a logit
_SURE: Final = 30.0  # of a logit: beyond it nothing can be told apart


def approval_percent(terms: Mapping[str, int]) -> float:
    """Return how likely an approval is, whose terms are thousandths of a logit and sum to it."""
    logit = min(max(sum(terms.values()) / _SCALE, -_SURE), _SURE)
    return 100 / (1 + exp(-logit))


def points_by_term(
    chosen: Mapping[str, int], other: Mapping[str, int], *, whole: float
) -> dict[str, float]:
    """Divide by how many points ``chosen`` is likelier than ``other`` over terms, by name.

    Each takes its part of the ``whole`` by how far it is apart, so they sum to it, the largest
    first. What is equal is left out; nothing is said where all of it cancels.
    """
    names = dict.fromkeys((*chosen, *other))
    apart = {name: chosen.get(name, 0) - other.get(name, 0) for name in names}
    gap = sum(apart.values())
    if not gap:
        return {}
    largest = sorted(apart, key=lambda name: -abs(apart[name]))
    return {name: whole * apart[name] / gap for name in largest if apart[name]}
