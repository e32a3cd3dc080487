"""What may be learned from: only what was known when a decision was made."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ledgerline.ml.evaluate.log import Ints


class FutureFeature(Exception):
    """A feature that was not known yet when it was to be used: a defect, never a warning."""


class Feature(NamedTuple):
    """Values of a feature by decision, and when each was known, in any unit of time."""

    name: str
    values: Sequence[str]
    known_at: Ints


class Contexts(NamedTuple):
    """A number from 0 for each decision, equal where all features are, and what each stands for."""

    numbers: Ints
    names: tuple[str, ...]


def contexts(features: Sequence[Feature], decided_at: Ints) -> Contexts:
    """Give numbers to combinations of values; raises ``FutureFeature`` where one was not yet."""
    found = np.zeros(len(decided_at), dtype=np.int64)
    for one in features:
        if np.any(one.known_at > decided_at):
            raise FutureFeature(one.name)
        names, numbers = np.unique(np.asarray(one.values, dtype=np.str_), return_inverse=True)
        _, both = np.unique(found * len(names) + numbers, return_inverse=True)
        found = both.astype(np.int64)
    _, firsts = np.unique(found, return_index=True)
    said = [" ".join(one.values[first] for one in features).strip() for first in firsts]
    return Contexts(found, tuple(said))
