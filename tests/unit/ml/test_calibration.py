"""Belief and outcome side by side."""

import numpy as np
import pytest

from ledgerline.ml.evaluate.calibration import calibration, error


def test_tenths_hold_equally_many_and_what_is_not_known_is_left_out() -> None:
    chance = np.random.default_rng(1)
    logits = chance.normal(1.5, 1, 5_000)
    approved = (chance.random(5_000) < 1 / (1 + np.exp(-logits))).astype(np.float64)
    logits[:1_000] = np.nan
    bins = calibration(logits, approved)
    assert [one.decisions for one in bins] == [400] * 10
    assert [one.believed for one in bins] == sorted(one.believed for one in bins)
    # a belief that is right is off by chance alone
    assert error(bins) < 0.03
    assert error(calibration(logits + 1, approved)) > 0.08


def test_a_few_decisions_make_a_few_bins() -> None:
    bins = calibration(np.array([0.0, 2.0]), np.array([1.0, 0.0]))
    assert [(one.believed, one.seen, one.decisions) for one in bins] == [
        (0.5, 1.0, 1), (pytest.approx(0.8808, abs=1e-4), 0.0, 1)
    ]  # fmt: skip
    assert error(bins) == pytest.approx((0.5 + 0.8808) / 2, abs=1e-4)
    assert error([]) == 0
