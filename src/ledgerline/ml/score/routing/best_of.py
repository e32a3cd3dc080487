"""How likely each of some independent Gaussian values is the largest, and draws by that."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from math import erf, exp, sqrt
from typing import Final

PPM: Final = 1_000_000
_SPREADS: Final = 4.0
"""Standard deviations that matter: beyond them lie 0.003 %."""
# The trapezoidal rule converges faster than any power for what falls off like a Gaussian.
_NODES: Final = tuple(0.3 * no for no in range(-16, 17))
_TOTAL: Final = sum(exp(-node * node / 2) for node in _NODES)
_WEIGHTS: Final = tuple(exp(-node * node / 2) / _TOTAL for node in _NODES)
_DEVIATION_MIN: Final = 1e-6
_SCALE: Final = sqrt(0.5)


def best_of(means: Sequence[float], deviations: Sequence[float]) -> list[float]:
    """Return for each value the probability that it is the largest; they sum to 1.

    Source: P(k) = ∫ φ_k(x) Π_{j≠k} Φ_j(x) dx. Values that cannot reach the best get 0.
    """
    spreads = [max(one, _DEVIATION_MIN) for one in deviations]
    floor = max(m - _SPREADS * s for m, s in zip(means, spreads, strict=True))
    live = [k for k, m in enumerate(means) if m + _SPREADS * spreads[k] >= floor]
    found = [0.0] * len(means)
    for k in live:
        others = [(means[k] - means[j], _SCALE / spreads[j]) for j in live if j != k]
        found[k] = _largest(spreads[k], others)
    total = sum(found)
    return [one / total for one in found]


def _largest(spread: float, others: Sequence[tuple[float, float]]) -> float:
    """Integrate over one value; ``others`` are its lead and the inverse spread of each other."""
    total = 0.0
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        point = spread * node
        for lead, inverse in others:
            weight *= 0.5 + 0.5 * erf((lead + point) * inverse)  # noqa: PLW2901 - hot loop
        total += weight
    return total


def whole(shares: Mapping[str, float]) -> dict[str, int]:
    """Round shares that sum to 1 to ppm that sum to 1,000,000; ties go to the earlier.

    Source: Hamilton's method (largest remainder).
    """
    exact = {name: share * PPM for name, share in shares.items()}
    ppm = {name: int(share) for name, share in exact.items()}
    left = PPM - sum(ppm.values())
    for name in sorted(exact, key=lambda one: ppm[one] - exact[one])[:left]:
        ppm[name] += 1
    return ppm


def drawn(ppm: Mapping[str, int], key: str) -> str:
    """Draw a name by its ppm (they sum to 1,000,000): the same key draws the same name."""
    point = int.from_bytes(blake2b(key.encode(), digest_size=8).digest()) % PPM
    for name, share in ppm.items():
        if point < share:
            return name
        point -= share
    raise AssertionError(ppm)
