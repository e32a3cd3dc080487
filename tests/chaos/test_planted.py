"""The proof can fail: each run plants one bug, and the proof must name what it did."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest

from tests.chaos.conftest import Begin
from tests.chaos.harness import Size
from tests.chaos.healing import heal
from tests.chaos.plants import PLANTS, SHORT, Plant
from tests.chaos.proof import prove, summary

SIZE: Final = Size(seconds=3, customers=50, crash_every_seconds=60)
AS_SHIPPED: Final = (("jobs", 0), ("jobs", 1), ("shop", 0), ("shop", 1), ("api", 0))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Plant three of them in the short form and all in the long one."""
    if "plant" in metafunc.fixturenames:
        plants = PLANTS if metafunc.config.getoption("--long") else SHORT
        metafunc.parametrize("plant", plants, ids=[one.name for one in plants])


def test_proof_names_what_a_planted_bug_did(
    begin: Begin, say: Callable[[str], None], plant: Plant
) -> None:
    # given a run with a bug in it
    began = time.monotonic()
    with begin(f"chaos_{plant.name}", seed=11, customers=SIZE.customers, plant=plant) as arena:
        if plant.needs_leases:
            arena.crew = AS_SHIPPED
        if plant.rates:
            arena.simulator.control("faults", {"provider": "*", "rates": dict(plant.rates)})
        if plant.first:
            arena.asked(plant.first)
        arena.patience_seconds = 5.0
        # when
        arena.storm(replace(SIZE, payments_min=plant.payments))
        if plant.needs_leases:
            arena.hold_up(weeks=3)
        heal(arena)
        # then
        findings = prove(arena)
        found = [one for one in findings if one.startswith(plant.told)]
        say(f"{plant.name}: {time.monotonic() - began:.0f} s: {summary(arena, findings)}")
        assert found, findings


@pytest.mark.parametrize("bug", PLANTS, ids=[one.name for one in PLANTS])
def test_planted_bugs_fit_the_source(bug: Plant) -> None:
    assert bug.source()
