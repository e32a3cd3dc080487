"""Where a policy differs from what was logged, not misled by looking at many places."""

from collections.abc import Sequence
from math import erfc, sqrt
from typing import Final, NamedTuple

import numpy as np

from ledgerline.ml.evaluate.intervals import NORMAL, Interval
from ledgerline.ml.evaluate.log import Floats, Log

COUNT_MIN: Final = 100
"""Contexts of fewer decisions are not looked at by themselves."""
FALSE_MAX: Final = 0.1
"""The share of those that stand out by chance alone, of all that do."""


class Part(NamedTuple):
    """What a policy has over the logged one in a context, and whether that stands out."""

    context: int
    decisions: int
    lead: Interval
    stands_out: bool


def parts(log: Log, ahead: Floats, luck: Floats) -> list[Part]:
    """Compare by context; ``ahead`` is what each decision adds to the lead of a policy.

    Deviations are by customer, and not less than ``luck``, the variance that chance alone gives
    each decision: a few rare choices that were all approved are no certainty. Source: Benjamini and
    Hochberg 1995 for which stand out.
    """
    found = []
    for context in range(int(log.contexts.max()) + 1):
        here = log.contexts == context
        count = int(here.sum())
        if count >= COUNT_MIN:
            lead = float(ahead[here].mean())
            by_customer = np.bincount(log.customers[here], weights=ahead[here] - lead)
            variance = max(float(by_customer @ by_customer), float(luck[here].sum()))
            found.append((context, count, lead, sqrt(variance) / count))
    chances = [erfc(abs(lead) / off / sqrt(2)) if off else 1.0 for _, _, lead, off in found]
    return [
        Part(
            context,
            count,
            Interval(lead, lead - NORMAL * off, lead + NORMAL * off),
            stands_out=chance <= least_likely(chances),
        )
        for (context, count, lead, off), chance in zip(found, chances, strict=True)
    ]


def least_likely(chances: Sequence[float]) -> float:
    """Return up to which chance (p-value) differences stand out; below 0 where none does."""
    ranked = sorted(chances)
    kept = [
        chance
        for rank, chance in enumerate(ranked, start=1)
        if chance <= FALSE_MAX * rank / len(ranked)
    ]
    return max(kept, default=-1.0)
