"""The model as a process serves it: what it does not know in time counts as unsaid."""

from collections.abc import Sequence
from typing import cast

from ledgerline.base.run import Run
from ledgerline.flows.read_router import Learnt
from ledgerline.jobs.router import QUIET_SECONDS, ServedRouter
from ledgerline.payments.rows.learning import DeltaRow, RouterRow
from ledgerline.payments.rules.learned import Ignored, fault
from ledgerline.payments.scores import Features, Mode, Switch

PAIR = ("aster", "boreal")
VISA = Features("DE", "domestic", "visa machine", "credit")
NO_RUN = cast("Run", None)  # a model that keeps no snapshots needs none


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def told(tick: int, account: str, approved: int, *, upto: int) -> DeltaRow:
    return DeltaRow(upto=upto, tick=tick, psp_account=account, tries=100, approved=approved,
                    **VISA._asdict())  # fmt: skip


def learnt(deltas: Sequence[DeltaRow], *, tick: int, age: int = 1) -> Learnt:
    router = RouterRow(
        tick=tick, upto=max((one.upto for one in deltas), default=0), age_seconds=age
    )
    return Learnt(
        router=router,
        snapshot=None,
        deltas=deltas,
        shares=(),
        switches={"DE": Switch(Mode.SHADOW)},
    )


async def taught(clock: Clock | None = None) -> ServedRouter:
    served = ServedRouter(clock or Clock(), keeps=False)
    deltas = [
        told(tick, account, approved, upto=tick)
        for tick in range(1, 7)
        for account, approved in (("aster", 70), ("boreal", 95))
    ]
    await served.learn(NO_RUN, learnt(deltas, tick=8))
    return served


async def test_before_anything_is_known_nothing_is_said() -> None:
    served = ServedRouter(Clock())
    assert served.weigh(VISA, PAIR, ()) is None
    assert served.switch("DE") == Switch()


async def test_what_is_learned_is_served_with_its_terms() -> None:
    served = await taught()
    scores = served.weigh(VISA, PAIR, ())
    assert scores is not None
    assert scores.ppm["boreal"] > 900_000
    assert scores.tick == 7
    assert fault(scores, PAIR) is None
    assert scores.terms["boreal"]["account"] > scores.terms["aster"]["account"]
    assert served.switch("DE").mode is Mode.SHADOW
    assert served.switch("SE").mode is Mode.OFF


async def test_what_is_not_fed_any_more_is_stale_after_five_minutes() -> None:
    clock = Clock()
    served = await taught(clock)
    clock.now += 299
    assert fault(served.weigh(VISA, PAIR, ()), PAIR) is None
    clock.now += 2
    assert fault(served.weigh(VISA, PAIR, ()), PAIR) is Ignored.STALE
    # and what is fed by somebody whom nobody feeds is stale as well
    await served.learn(NO_RUN, learnt([], tick=8, age=301))
    assert fault(served.weigh(VISA, PAIR, ()), PAIR) is Ignored.STALE


async def test_a_model_that_fails_is_left_alone_for_a_minute() -> None:
    clock = Clock()
    served = await taught(clock)
    # what it cannot reckon with fails inside of it: a cost for one of two accounts
    assert served.weigh(VISA, PAIR, (1_000,)) is None
    clock.now += QUIET_SECONDS - 1
    assert served.weigh(VISA, PAIR, ()) is None
    clock.now += 1
    assert fault(served.weigh(VISA, PAIR, ()), PAIR) is None


async def test_an_outage_shows_within_one_count_and_teaches_the_slow_terms_nothing() -> None:
    served = await taught()
    clean = await taught()
    gone = told(8, "boreal", 0, upto=9)
    await served.learn(NO_RUN, learnt([gone], tick=8))
    scores = served.weigh(VISA, PAIR, ())
    assert scores is not None
    assert scores.down == {"boreal"}
    assert scores.ppm["aster"] > 900_000
    # when it is over, and the tick as well, what was believed before is still believed
    await served.learn(NO_RUN, learnt([told(8, "boreal", 95, upto=10)], tick=9))
    await clean.learn(NO_RUN, learnt([], tick=9))
    after, before = served.weigh(VISA, PAIR, ()), clean.weigh(VISA, PAIR, ())
    assert after is not None
    assert before is not None
    assert after.down == frozenset()
    assert abs(after.ppm["boreal"] - before.ppm["boreal"]) < 20_000
