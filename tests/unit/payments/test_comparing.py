"""When a model is known to do worse: soon where it is inverted, hardly ever by chance."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pytest

from ledgerline.payments.rows.learning import ArmRow
from ledgerline.payments.rules.comparing import (
    CELLS_MIN,
    LOSS_MAX,
    Compared,
    Loss,
    compared,
    is_worse,
    loss_of,
    told,
)
from ledgerline.payments.scores import Kind

CELLS: Final = 512
BOTH: Final = (True, False)


def arm(cells: Sequence[tuple[int, int]], *, acts: bool, version: int = 0) -> ArmRow:
    return ArmRow(
        version=version,
        acts=acts,
        cells=len(cells),
        tries=sum(tries for tries, _ in cells),
        good=sum(good for _, good in cells),
        squares=sum(tries * tries for tries, _ in cells),
        products=sum(tries * good for tries, good in cells),
        good_squares=sum(good * good for _, good in cells),
    )


def looked(seed: int, *, acted: float, held: float, percent: int) -> int | None:
    """Say after how many of 10,000 tries a model is known to do worse, looking every hundred."""
    chance, size = np.random.default_rng(seed), 10_000
    acts = chance.random(size) * 100 < percent
    cells = chance.integers(CELLS, size=size)
    good = chance.random(size) < np.where(acts, acted, held)
    for no in range(100, size + 1, 100):
        arms = [_tallied(acts[:no] == one, cells[:no], good[:no], acts=one) for one in BOTH]
        if is_worse(Kind.ROUTING, compared(arms, version=0).loss):
            return no
    return None


def _tallied(is_in: Any, cells: Any, good: Any, *, acts: bool) -> ArmRow:
    tries = np.bincount(cells[is_in], minlength=CELLS)
    won = np.bincount(cells[is_in & good], minlength=CELLS)
    return arm([(int(n), int(y)) for n, y in zip(tries, won, strict=True) if n], acts=acts)


def test_an_inverted_model_is_known_within_hours_and_an_equal_one_never() -> None:
    found = [looked(seed, acted=0.70, held=0.88, percent=95) for seed in range(4)]
    assert all(one is not None and one < 6_000 for one in found), found
    alike = [looked(seed, acted=0.88, held=0.88, percent=50) for seed in range(4)]
    assert alike == [None] * 4


def test_customers_that_decide_alike_count_as_one() -> None:
    apart = [(1, no % 2) for no in range(400)]
    together = [(10, 10 * (no % 2)) for no in range(40)]
    wide = loss_of(arm(together, acts=True), arm(together, acts=False))
    narrow = loss_of(arm(apart, acts=True), arm(apart, acts=False))
    assert wide.ppm == narrow.ppm == 0
    assert wide.high_ppm > 2 * narrow.high_ppm
    assert (wide.low_ppm, narrow.low_ppm) == (-wide.high_ppm, -narrow.high_ppm)


def test_of_tries_that_all_went_alike_not_too_much_is_known() -> None:
    loss = loss_of(arm([(1, 0)] * CELLS_MIN, acts=True), arm([(1, 1)] * CELLS_MIN, acts=False))
    assert loss.ppm == 1_000_000
    assert 600_000 < loss.low_ppm < 700_000


def test_a_few_that_are_lucky_are_not_believed_to_vary_as_little_as_they_happen_to() -> None:
    acted = arm([(4, 4)] * 320 + [(4, 2)] * 100, acts=True)
    lucky = arm([(1, 1)] * 97 + [(1, 0)] * 3, acts=False)
    loss = loss_of(acted, lucky)
    assert loss.ppm == 89_047
    assert loss.low_ppm < 0
    assert loss_of(lucky, acted) == Loss(-loss.ppm, -loss.high_ppm, -loss.low_ppm)


@pytest.mark.parametrize("kind", list(Kind))
def test_only_what_is_surely_above_the_limit_is_worse(kind: Kind) -> None:
    good = [(40, 36)] * 400
    limit = LOSS_MAX[kind]
    same = compared([arm(good, acts=True), arm(good, acts=False)], version=0)
    assert same.loss is not None
    assert (same.loss.ppm, same.loss.high_ppm > limit) == (0, True)
    assert not is_worse(kind, same.loss)
    assert is_worse(kind, same.loss._replace(low_ppm=limit + 1))
    assert not is_worse(kind, same.loss._replace(low_ppm=limit))
    assert not is_worse(kind, None)


def test_nothing_is_said_of_few_customers_or_of_another_version() -> None:
    few = [(50, 10)] * (CELLS_MIN - 1)
    many = [(1, 1)] * 200
    arms = [arm(few, acts=True, version=2), arm(many, acts=False, version=2)]
    found = compared(arms, version=2)
    assert found.loss is None
    assert told(Kind.ROUTING, found).endswith("too few customers to compare")
    assert compared(arms, version=3) == Compared(None, None, None)
    assert told(Kind.RETRY, Compared(None, None, None)) == "there is nothing to compare yet"


def test_the_figures_are_told_in_a_sentence() -> None:
    arms = [arm([(10, 7)] * 100, acts=True), arm([(10, 9)] * 100, acts=False)]
    found = told(Kind.ROUTING, compared(arms, version=0))
    assert found.startswith(
        "first tries approved: 70.00 % of 1,000 where the model decided, 90.00 % of 1,000 held out;"
        " a loss of 20.00 points ("
    )
    assert found.endswith("), at most 0.30")
