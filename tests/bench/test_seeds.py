"""A seed that tuned something is not reported on."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench import ml_churn, ml_fees, ml_retry, ml_rollout, ml_routing, ml_uplift
from bench.tuned_seeds import CHURN, FEES, RETRIES, ROUTING, UPLIFT, SeedWasTuned, refuse_tuned


@pytest.mark.parametrize(
    ("seeds", "log"),
    [
        (ml_churn.SEEDS, CHURN),
        (ml_fees.SEEDS, FEES),
        (ml_retry.SEEDS, RETRIES),
        (ml_rollout.SEEDS, ROUTING),
        (ml_routing.SEEDS, ROUTING),
        (ml_uplift.SEEDS, UPLIFT),
    ],
)
def test_the_seeds_of_a_report_have_tuned_nothing(seeds: Sequence[int], log: Path) -> None:
    assert len(set(seeds)) >= 20
    refuse_tuned(seeds, log)


def test_a_seed_of_the_tuning_log_is_refused(tmp_path: Path) -> None:
    log = tmp_path / "log.json"
    log.write_text(json.dumps([{"seeds": [1, 2]}, {"seeds": [7]}]))
    refuse_tuned([3, 4], log)
    with pytest.raises(SeedWasTuned, match=r"\[2, 7\]"):
        refuse_tuned([2, 3, 7], log)
