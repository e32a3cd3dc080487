"""Whether approvals are seen as often as they were believed."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from ledgerline.ml.evaluate.log import Floats

TENTHS: Final = 10


class Bin(NamedTuple):
    """Decisions that were believed to be about equally likely: mean belief, share approved."""

    believed: float
    seen: float
    decisions: int


def calibration(logits: Floats, approved: Floats, *, bins: int = TENTHS) -> list[Bin]:
    """Cut decisions, by what was believed, into ``bins`` of equal size; those unknown are left out.

    ``logits`` that are no numbers are unknown. Fewer decisions than bins give fewer bins.
    """
    known = ~np.isnan(logits)
    beliefs, outcomes = 1 / (1 + np.exp(-logits[known])), approved[known]
    order = np.argsort(beliefs, kind="stable")
    return [
        Bin(float(beliefs[part].mean()), float(outcomes[part].mean()), len(part))
        for part in np.array_split(order, bins)
        if len(part)
    ]


def error(bins: Sequence[Bin]) -> float:
    """Return the mean distance of belief and outcome (ECE); 0 of nothing."""
    total = sum(one.decisions for one in bins)
    off = sum(abs(one.believed - one.seen) * one.decisions for one in bins)
    return off / total if total else 0.0
