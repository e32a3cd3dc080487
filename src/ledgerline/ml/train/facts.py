"""Facts of many rows by name, each a word of few; what a model adds up is laid over them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ledgerline.ml.evaluate.log import Bools, Floats, Ints


class Fact(NamedTuple):
    """One fact of all rows: which of ``words`` each has."""

    words: tuple[str, ...]
    codes: Ints


class Dated(NamedTuple):
    """Values by row, and the day on which each was known, as an ordinal."""

    values: Ints
    known_on: Ints


Facts = Mapping[str, Fact]


class Laid(NamedTuple):
    """A family laid over rows: the number of each row's cell, and what each cell is called."""

    numbers: Ints
    names: tuple[str, ...]


def banded(values: Ints, bounds: Sequence[int]) -> Fact:
    """Cut numbers into bands: word ``n`` is of those from the n-th bound up to the next."""
    codes = np.searchsorted(np.asarray(bounds, dtype=np.int64), values, side="right")
    return Fact(tuple(str(no) for no in range(len(bounds) + 1)), codes.astype(np.int64))


def worded(values: Iterable[str]) -> Fact:
    """Take words as they are."""
    words, codes = np.unique(np.asarray(list(values), dtype=np.str_), return_inverse=True)
    return Fact(tuple(str(word) for word in words), codes.astype(np.int64))


def size_of(facts: Facts) -> int:
    """Return how many rows facts are of."""
    return len(next(iter(facts.values())).codes)


def some(facts: Facts, which: Bools | Ints) -> Facts:
    """Return the facts of some of the rows."""
    return {name: Fact(fact.words, fact.codes[which]) for name, fact in facts.items()}


def joined(parts: Sequence[Facts]) -> Facts:
    """Lay rows of the same facts one after the other."""
    found = {}
    for name in parts[0]:
        words = tuple(sorted({word for part in parts for word in part[name].words}))
        place = {word: no for no, word in enumerate(words)}
        codes = [
            np.array([place[word] for word in part[name].words], dtype=np.int64)[part[name].codes]
            for part in parts
        ]
        found[name] = Fact(words, np.concatenate(codes))
    return found


def laid(no: int, family: Sequence[str], facts: Facts) -> Laid:
    """Give numbers to the cells of a family that rows lie in; a cell is called by its words."""
    both = np.zeros(size_of(facts), dtype=np.int64)
    for name in family:
        both = both * len(facts[name].words) + facts[name].codes
    values, numbers = np.unique(both, return_inverse=True)
    return Laid(
        numbers.astype(np.int64), tuple(_named(no, family, facts, int(one)) for one in values)
    )


def _named(no: int, family: Sequence[str], facts: Facts, value: int) -> str:
    words = []
    for name in reversed(family):
        value, code = divmod(value, len(facts[name].words))
        words.append(facts[name].words[code])
    return "|".join([str(no), *reversed(words)])


def summed(families: Sequence[Sequence[str]], cells: Mapping[str, float], facts: Facts) -> Floats:
    """Add up what cells say of each row; one that is not there says nothing."""
    found = np.full(size_of(facts), float(cells.get("base", 0.0)))
    for no, family in enumerate(families):
        over = laid(no, family, facts)
        found += np.array([cells.get(name, 0.0) for name in over.names])[over.numbers]
    return found
