"""Whatever is killed, and whenever: nobody is charged twice and nothing that happened is lost."""

from collections.abc import Callable
from typing import Final

from tests.chaos.conftest import Begin
from tests.chaos.harness import Size
from tests.chaos.healing import heal
from tests.chaos.proof import prove, summary

SEED: Final = 7
PATIENCE_SECONDS: Final = 300  # of the long form, whose books are large
SHORT: Final = Size(
    seconds=30,
    customers=260,
    crash_every_seconds=14,
    kill_ms=(200, 520),
    kills_min=100,
    payments_min=500,
)
LONG: Final = Size(
    seconds=420,
    customers=1_500,
    crash_every_seconds=35,
    kill_ms=(250, 1_200),
    kills_min=500,
    payments_min=10_000,
)


def test_no_kill_charges_twice_or_loses_anything(
    begin: Begin, say: Callable[[str], None], *, long_form: bool
) -> None:
    # given a sandbox, three providers in a storm, workers, shoppers and an API
    size = LONG if long_form else SHORT
    with begin("chaos_kill", seed=SEED, customers=size.customers) as arena:
        arena.patience_seconds = PATIENCE_SECONDS if long_form else arena.patience_seconds
        # when all of them are killed and stopped, and the server crashes, in the middle of it
        arena.storm(size)
        heal(arena)
        # then the provider's book and ours say the same
        findings = prove(arena)
        say(summary(arena, findings))
        assert not findings, "\n".join([f"kept in {arena.place.folder}", *findings])
        assert arena.counts["kills"] >= size.kills_min
        assert arena.counts["server crashes"] >= (10 if long_form else 2)
