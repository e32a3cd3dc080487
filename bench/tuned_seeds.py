"""Seeds that tuned something, and the refusal to report on one of them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

RESULTS: Final = Path(__file__).parent / "results"
ROUTING: Final = RESULTS / "routing_tuning.json"
RETRIES: Final = RESULTS / "retry_tuning.json"
CHURN: Final = RESULTS / "churn_tuning.json"
UPLIFT: Final = RESULTS / "uplift_tuning.json"
FEES: Final = RESULTS / "fees_tuning.json"


class SeedWasTuned(Exception):
    """Refuse a report on worlds that settings were chosen by."""


def refuse_tuned(seeds: Iterable[int], *logs: Path) -> None:
    """Raise ``SeedWasTuned`` if a tuning log of the same worlds names one of the seeds."""
    asked = set(seeds)
    for log in logs:
        used = {seed for run in json.loads(log.read_text()) for seed in run["seeds"]}
        if both := sorted(used & asked):
            raise SeedWasTuned(f"{log.name} names {both}: report on seeds that tuned nothing")
