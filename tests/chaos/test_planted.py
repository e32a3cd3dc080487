"""The proof can fail: each run plants one bug, and the proof must name what it did."""

from collections.abc import Callable
from typing import Final

import pytest

from tests.chaos.conftest import Begin
from tests.chaos.harness import Size
from tests.chaos.plants import BLIND_COLLECTOR, HASTY_TIMEOUT, SETTLED_AWAY
from tests.chaos.proof import prove, summary

SIZE: Final = Size(seconds=3, customers=50, crash_every_seconds=60, payments_min=80)


@pytest.mark.parametrize(
    ("plant", "told"),
    [
        (BLIND_COLLECTOR, "charged twice"),  # and the index that forbids it is dropped
        (HASTY_TIMEOUT, "charge executed, unbooked"),  # a timeout taken for a refusal
        (SETTLED_AWAY, "charge executed, unbooked"),  # an approval read as a decline
    ],
)
def test_proof_names_what_a_planted_bug_did(
    begin: Begin, say: Callable[[str], None], plant: str, told: str
) -> None:
    # given a run with a bug in it
    with begin(f"chaos_{plant}", seed=11, customers=SIZE.customers, plant=plant) as arena:
        if plant == BLIND_COLLECTOR:
            arena.asked("DROP INDEX attempt_one_live")
        arena.patience_seconds = 10.0
        # when
        arena.storm(SIZE)
        arena.heal()
        # then
        findings = prove(arena)
        say(f"{plant}: {summary(arena, findings)}")
        assert [one for one in findings if one.startswith(told)], findings
