"""How far a mean over seeds may be off."""

from collections.abc import Sequence
from math import sqrt
from statistics import stdev
from typing import Final

_STUDENT: Final = {20: 2.093, 100: 1.984}
"""97.5 % of Student's t with a degree of freedom less than there are seeds."""


def half_width(values: Sequence[float]) -> float:
    """Return half of the 95 % interval of the mean; 0 of a single seed.

    Reports are of twenty or a hundred seeds; of fewer, in short forms, it is too narrow.
    """
    student = _STUDENT.get(len(values), _STUDENT[20])
    return student * stdev(values) / sqrt(len(values)) if len(values) > 1 else 0.0
