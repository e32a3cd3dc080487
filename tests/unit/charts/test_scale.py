"""Marks of a scale are round, equally far apart, and hold every value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerline.charts.scale import HEIGHT, scale


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        ([], (0, 1)),
        ([0], (0, 1)),
        ([3], (0, 1, 2, 3)),
        ([97], (0, 50, 100)),
        ([-50, 200], (-100, 0, 100, 200)),
        ([-7], (-8, -6, -4, -2, 0)),
    ],
)
def test_marks_hold_zero_and_the_values(values: list[int], marks: tuple[int, ...]) -> None:
    assert scale(values).marks == marks


def test_without_zero_marks_stay_near_the_values() -> None:
    assert scale([891_000, 953_000], from_zero=False).marks == (
        880_000,
        900_000,
        920_000,
        940_000,
        960_000,
    )
    assert scale([5, 5], from_zero=False).marks == (5, 6)


@given(st.lists(st.integers(-(10**15), 10**15), min_size=1), st.booleans())
def test_every_value_stands_inside_and_steps_are_equal(values: list[int], from_zero: bool) -> None:
    found = scale(values, from_zero=from_zero)
    steps = {after - before for before, after in zip(found.marks, found.marks[1:], strict=False)}
    assert len(steps) == 1
    assert 2 <= len(found.marks) <= 6
    assert all(0 <= found.down(value) <= HEIGHT for value in values)
    assert (found.down(found.high), found.down(found.low)) == (0, HEIGHT)
