"""What a model believes, in shares of a million: people do not think in logits."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from ledgerline.payments.rules.routing import PPM

_SCALE: Final = 1_000  # terms are in thousandths of a logit
_SURE: Final = 30_000  # beyond it nothing can be told apart


def approval_ppm(terms: Mapping[str, int]) -> int:
    """Return how likely an approval is, whose terms are thousandths of a logit and sum to it."""
    logit = min(max(sum(terms.values()), -_SURE), _SURE)
    return round(PPM / (1 + (Decimal(-logit) / _SCALE).exp()))


def ppm_by_term(
    chosen: Mapping[str, int], other: Mapping[str, int], *, whole: int
) -> dict[str, int]:
    """Divide by how much (ppm) ``chosen`` is likelier than ``other`` over terms, by name.

    Each takes its part of the ``whole`` by how far it is apart, so they sum to it but for rounding,
    the largest first. What is equal is left out; nothing is said where all of it cancels.
    """
    names = dict.fromkeys((*chosen, *other))
    apart = {name: chosen.get(name, 0) - other.get(name, 0) for name in names}
    gap = sum(apart.values())
    if not gap:
        return {}
    largest = sorted(apart, key=lambda name: -abs(apart[name]))
    return {name: round(Decimal(whole * apart[name]) / gap) for name in largest if apart[name]}


def points(ppm: int) -> str:
    """Say a difference of shares in points of a hundred."""
    return f"{Decimal(ppm) / 10_000:+.2f}"
