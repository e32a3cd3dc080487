"""Each rule of money truth is held by tests: with the rule broken, one of them fails.

The long form breaks all (``make test DIR=money_truth``); that each change fits is seen always.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.chaos.children import REPOSITORY
from tests.money_truth.broken_rules import RULES, BrokenRule

FAILED: Final = 1  # how pytest ends where a test failed: not for want of tests, nor by a mistake
NAMES: Final = [f"{one.rule}-{number}" for number, one in enumerate(RULES, start=1)]


SHORT: Final = {"T6", "T8"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Break two of them in the short form and all in the long one."""
    if "of" in metafunc.fixturenames:
        is_long = metafunc.config.getoption("--long")
        some = [number for number, one in enumerate(RULES) if is_long or one.rule in SHORT]
        metafunc.parametrize("of", some, ids=[NAMES[number] for number in some])


@pytest.mark.parametrize("broken", RULES, ids=NAMES)
def test_every_change_fits_the_source_and_every_test_is_there(broken: BrokenRule) -> None:
    assert broken.plant.source()
    for test in broken.tests:
        file, _, name = test.partition("::")
        assert f"def {name}(" in (REPOSITORY / file).read_text("utf-8") or not name


def test_every_rule_is_broken() -> None:
    assert {one.rule for one in RULES} == {f"T{number}" for number in range(1, 15)}


def test_with_a_rule_broken_its_test_fails(
    of: int, tmp_path: Path, say: Callable[[str], None]
) -> None:
    broken = RULES[of]
    shutil.copytree(REPOSITORY / "migrations", tmp_path / "migrations")  # looked for beside it
    began = time.monotonic()
    done = subprocess.run(
        [
            "env", f"PYTHONPATH={broken.plant.sow(tmp_path)}",
            sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *broken.tests,
        ],
        cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    say(f"{broken.rule}: {time.monotonic() - began:.0f} s: {'; '.join(failed)}")
    assert done.returncode == FAILED, done.stdout[-3000:]
    assert failed, done.stdout[-3000:]
