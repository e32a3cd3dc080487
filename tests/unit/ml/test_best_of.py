"""Propensities are those of the largest draw, whole, and what is drawn by."""

from collections import Counter
from statistics import NormalDist

import pytest

from ledgerline.ml.score.routing.best_of import PPM, best_of, drawn, whole


def test_of_two_the_larger_wins_as_often_as_the_difference_is_positive() -> None:
    first, second = best_of([0.9, 0.8], [0.05, 0.12])
    assert first == pytest.approx(NormalDist().cdf(0.1 / 0.13), abs=1e-6)
    assert first + second == pytest.approx(1)


def test_equals_are_chosen_equally() -> None:
    assert best_of([0.5] * 4, [0.1] * 4) == pytest.approx([0.25] * 4)


def test_what_cannot_be_best_is_never_drawn() -> None:
    assert best_of([0.9, 0.1], [0.01, 0.01]) == [1.0, 0.0]


def test_certain_values_have_no_draw() -> None:
    assert best_of([0.8, 0.9, 0.7], [0.0, 0.0, 0.0]) == [0.0, 1.0, 0.0]


def test_shares_are_rounded_by_largest_remainder() -> None:
    assert whole({"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}) == {"a": 333_334, "b": 333_333, "c": 333_333}
    assert whole({"a": 0.0000006, "b": 0.9999994}) == {"a": 1, "b": 999_999}


def test_sampled_frequencies_are_the_propensities() -> None:
    # given shares, one of them small
    ppm = {"aster": 640_000, "boreal": 250_000, "cobalt": 105_000, "dahlia": 5_000}
    # when a hundred thousand keys draw by them
    count = 100_000
    seen = Counter(drawn(ppm, f"decision {no}") for no in range(count))
    # then χ² with three degrees of freedom is below its 99.9 % quantile
    squares = sum(
        (seen[name] - count * share / PPM) ** 2 / (count * share / PPM)
        for name, share in ppm.items()
    )
    assert squares < 16.27
