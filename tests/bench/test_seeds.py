"""A seed that tuned something is not reported on."""

import json
from pathlib import Path

import pytest

from bench.ml_routing import SEEDS
from bench.routing_seeds import SeedWasTuned, refuse_tuned


def test_the_seeds_of_the_report_have_tuned_nothing() -> None:
    assert len(set(SEEDS)) >= 20
    refuse_tuned(SEEDS)


def test_a_seed_of_the_tuning_log_is_refused(tmp_path: Path) -> None:
    log = tmp_path / "log.json"
    log.write_text(json.dumps([{"seeds": [1, 2]}, {"seeds": [7]}]))
    refuse_tuned([3, 4], log)
    with pytest.raises(SeedWasTuned, match=r"\[2, 7\]"):
        refuse_tuned([2, 3, 7], log)
