"""A seed that tuned something is not reported on."""

import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from bench import (
    ml_churn,
    ml_fees,
    ml_fees_volume,
    ml_ope,
    ml_retry,
    ml_rollout,
    ml_routing,
    ml_uplift,
)
from bench.tuned_seeds import CHURN, FEES, RETRIES, ROUTING, UPLIFT, SeedWasTuned, refuse_tuned


@pytest.mark.parametrize(
    ("seeds", "log"),
    [
        (ml_churn.SEEDS, CHURN),
        (ml_churn.SEEDS, UPLIFT),
        (ml_uplift.SEEDS, CHURN),
        (ml_fees.SEEDS, FEES),
        (ml_fees_volume.SEEDS, FEES),
        (ml_ope.SEEDS, ROUTING),
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
    with pytest.raises(SeedWasTuned, match=r"\[7\]"):
        refuse_tuned([7], FEES, log)


@pytest.mark.parametrize(
    ("benchmark", "tuned"),
    [
        (ml_churn.ml_churn, 1),
        (ml_churn.ml_churn, 6),  # tuned whom to make an offer, in the same worlds
        (ml_fees.ml_fees, 4),
        (ml_fees_volume.ml_fees_volume, 4),
        (ml_ope.ml_ope, 201),
        (ml_retry.ml_retry, 3),
        (ml_rollout.ml_rollout, 12),
        (ml_routing.ml_routing, 101),
        (ml_uplift.ml_uplift, 6),
    ],
)
async def test_no_benchmark_reports_on_a_seed_that_tuned(
    benchmark: Callable[..., Awaitable[Any]], tuned: int
) -> None:
    with pytest.raises(SeedWasTuned, match=str(tuned)):
        await benchmark(None, seeds=(9_999, tuned))
