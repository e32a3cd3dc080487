"""Two quiet months leave nothing wrong; with a bug in them, what it did is named."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.chaos.children import REPOSITORY
from tests.chaos.plants import QUIET, Plant

SHORT: Final = {"fees_are_booked_twice", "any_amount_will_do"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Plant two of them in the short form and all in the long one."""
    if "plant" in metafunc.fixturenames:
        is_long = metafunc.config.getoption("--long")
        plants = [one for one in QUIET if is_long or one.name in SHORT]
        metafunc.parametrize("plant", plants, ids=[one.name for one in plants])


def live(url: str, folder: Path, source: Path | None = None) -> list[str]:
    """Live through two months in a process of its own, with a changed product if there is one."""
    folder.mkdir(exist_ok=True)
    changed = [] if source is None else ["env", f"PYTHONPATH={source}"]
    done = subprocess.run(
        [*changed, sys.executable, "-m", "tests.chaos.quiet", url, str(folder)],
        cwd=REPOSITORY, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_two_quiet_months_leave_nothing_wrong(fresh_database_url: str, tmp_path: Path) -> None:
    assert live(fresh_database_url, tmp_path) == []


def test_what_a_bug_did_in_quiet_months_is_named(
    fresh_database_url: str, tmp_path: Path, plant: Plant, say: Callable[[str], None]
) -> None:
    began, used = time.monotonic(), sum(os.times()[2:4])
    findings = live(fresh_database_url, tmp_path / "world", plant.sow(tmp_path))
    seconds, used = time.monotonic() - began, sum(os.times()[2:4]) - used
    say(f"{plant.name}: {seconds:.0f} s, {used:.0f} s of processor: {len(findings)} findings")
    assert [one for one in findings if one.startswith(plant.told)], findings


@pytest.mark.parametrize("bug", QUIET, ids=[one.name for one in QUIET])
def test_quiet_bugs_fit_the_source(bug: Plant) -> None:
    assert bug.source()
