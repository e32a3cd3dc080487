"""Models that do no harm: the arithmetic of the benchmark is the rule's, and few are withdrawn."""

import numpy as np
import pytest

from bench.harmless import CELLS, Harmless, Tallies, withdrawn
from ledgerline.payments.rules.comparing import compared


@pytest.mark.parametrize("percent", [5, 50, 95])
def test_the_bound_is_that_of_the_rule(percent: int) -> None:
    chance, runs = np.random.default_rng(percent), 3
    tallies = Tallies(runs)
    assert set(tallies.lowest()) == {-np.inf}
    for _ in range(3_000):
        acts = (chance.random(runs) * 100 < percent).astype(np.int64)
        good = (chance.random(runs) < np.array([0.5, 0.9, 1.0])).astype(np.float64)
        tallies.add(acts, chance.integers(CELLS, size=runs), good)
    for run, low in enumerate(tallies.lowest()):
        loss = compared([tallies.arm(run, acts=one) for one in (True, False)], version=0).loss
        assert loss is not None
        assert low == pytest.approx(loss.low_ppm, abs=1.5)


def test_of_models_that_lose_what_they_may_one_in_forty_at_most_is_withdrawn() -> None:
    held = np.full((1, 7_000), 0.88)
    found = withdrawn(Harmless(held, percent=95, less=0.003, draws=1_000, seed=3))
    assert found.shape == (1, 1_000)
    assert found.mean() <= 1 / 40
