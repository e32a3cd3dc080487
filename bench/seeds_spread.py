"""How far a mean over seeds may be off."""

from collections.abc import Sequence
from math import sqrt
from statistics import stdev
from typing import Final

_STUDENT: Final = 2.093  # 97.5 % of Student's t with 19 degrees of freedom


def half_width(values: Sequence[float]) -> float:
    """Return half of the 95 % interval of the mean over twenty seeds; 0 of a single one."""
    return _STUDENT * stdev(values) / sqrt(len(values)) if len(values) > 1 else 0.0
