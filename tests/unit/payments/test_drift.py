"""Drift of what models are asked about: what moved is found, what is as ever is quiet."""

from datetime import UTC, date, datetime

import numpy as np

from ledgerline.payments.rows.learning import FeatureRow
from ledgerline.payments.rules.drift import Grade, drift_sentence, drifts, index, recent_since

LEVELS = ("DE", "FR", "SE", "AT", "DK", "IT")


def _drawn(seed: int, weights: tuple[float, ...]) -> dict[str, int]:
    shares = np.asarray(weights) / sum(weights)
    drawn = np.random.default_rng(seed).multinomial(4_000, shares)
    return dict(zip(LEVELS, map(int, drawn), strict=True))


def _rows(before: dict[str, int], recent: dict[str, int], feature: str) -> list[FeatureRow]:
    return [FeatureRow(feature, level, before[level], recent[level]) for level in before]


def test_what_is_as_it_ever_was_is_quiet() -> None:
    shares = (40.0, 20, 15, 10, 10, 5)
    for seed in range(20):
        rows = _rows(_drawn(seed, shares), _drawn(100 + seed, shares), "market")
        [one] = drifts(rows)
        assert one.grade is Grade.QUIET
        assert one.psi_milli is not None
        assert one.psi_milli < 10


def test_what_moved_warns_and_what_is_another_world_falls_back() -> None:
    before = _drawn(1, (40, 20, 15, 10, 10, 5))
    [moved] = drifts(_rows(before, _drawn(2, (40, 20, 5, 3, 12, 20)), "market"))
    assert moved.grade is Grade.WARNS
    [other] = drifts(_rows(before, _drawn(3, (5, 20, 15, 10, 10, 40)), "market"))
    assert other.grade is Grade.FALLS_BACK
    said = drift_sentence(other)
    assert said.startswith("market: population stability index 1.")
    assert "most of all DE from 40." in said or "most of all IT from 5." in said
    # who pays changes with the day of the month: nothing falls back by that
    [who] = drifts(_rows(before, _drawn(3, (5, 20, 15, 10, 10, 40)), "who"))
    assert who.grade is Grade.WARNS


def test_a_level_that_is_new_counts_and_a_few_decisions_say_nothing() -> None:
    rows = [FeatureRow("network", "visa", 9_000, 500), FeatureRow("network", "rupay", 0, 500)]
    [one] = drifts(rows)
    assert one.grade is Grade.FALLS_BACK
    few = [FeatureRow("network", "visa", 9_000, 200), FeatureRow("network", "rupay", 0, 200)]
    [one] = drifts(few)
    assert (one.grade, one.psi_milli) == (Grade.FEW, None)
    assert drift_sentence(one) == "network: too few decisions to say (400 of late)"


def test_codes_that_are_not_mapped_are_a_feature_of_their_own() -> None:
    rows = [
        FeatureRow("category", "insufficient_funds", 900, 400),
        FeatureRow("category", "unmapped", 30, 300),
    ]
    found = {one.feature: one for one in drifts(rows)}
    assert found["unmapped"].grade is Grade.WARNS
    assert [level.recent for level in found["unmapped"].levels] == [400, 300]


def test_the_last_days_are_those_of_utc() -> None:
    assert recent_since(datetime(2026, 7, 1, 0, 30, tzinfo=UTC)) == date(2026, 6, 28)
    assert (index(0), index(7), index(1_234)) == ("0.000", "0.007", "1.234")
