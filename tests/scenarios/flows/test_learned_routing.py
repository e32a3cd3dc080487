"""A model of routing in flows: asked in shadow, let decide, and never in the way of a charge."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from psycopg import AsyncConnection
from typing_extensions import override

from ledgerline.base.db import Tx
from ledgerline.datasets.audit import audit
from ledgerline.flows.count_outcomes import count_outcomes
from ledgerline.flows.switch_model import switch_model
from ledgerline.jobs.router import ServedRouter
from ledgerline.payments import learning
from ledgerline.payments.refusals import ModelNotSwitched
from ledgerline.payments.scores import Features, Mode, Model, Scores, Switch
from tests.flow_world import World
from tests.scenarios.flows.learning import EURO, Modelled, buy, deltas, learned, seller, switch
from tests.scenarios.flows.routed import both

DECIDED = (
    "SELECT a.psp_account, d.rule, d.candidates, d.features, d.learned FROM attempt AS a"
    " JOIN decision AS d ON d.id = a.decision_id AND d.bucket = a.bucket"
    " WHERE a.payment_id = %s ORDER BY a.ordinal"
)


class Said(Model):
    """A model that says what it is told to."""

    def __init__(self, mode: Mode, percent: int, **more: Any) -> None:
        self._switch = Switch(mode, percent, EURO)
        self._more = more
        self.asked: list[tuple[Features, Sequence[str]]] = []

    @override
    def switch(self, market: str) -> Switch:
        return self._switch

    @override
    def weigh(
        self, features: Features, accounts: Sequence[str], costs: Sequence[int]
    ) -> Scores | None:
        self.asked.append((features, accounts))
        told: dict[str, Any] = {"ppm": {"aster": 0, "boreal": 1_000_000}, "tick": 5,
                                "age_seconds": 1}  # fmt: skip
        return Scores(**(told | self._more))


async def test_in_shadow_nothing_changes_and_what_would_have_been_is_written(
    fresh_world: World,
) -> None:
    world = fresh_world
    said = Said(Mode.SHADOW, 0)
    bought = await buy(world, Modelled(world.psps, said), await both(world))
    [(account, rule, candidates, features, learned)] = await world.rows(DECIDED, bought.payment_id)
    assert (account, rule) == ("aster", "default")
    assert candidates == [{"account": "aster", "ppm": 1_000_000}, {"account": "boreal", "ppm": 0}]
    assert features["brand"] == "visa payer"
    assert (learned["chosen"], learned["acts"], learned["mode"]) == ("boreal", False, "shadow")
    assert said.asked == [(Features(**features), ("aster", "boreal"))]
    assert await audit(world.run) == []


async def test_where_it_is_on_it_decides_for_those_who_are_not_held_out(
    fresh_world: World,
) -> None:
    world = fresh_world
    psps = Modelled(world.psps, Said(Mode.ON, 95))
    went = set()
    for _ in range(8):
        bought = await buy(world, psps, await both(world))
        [(account, rule, candidates, _, kept)] = await world.rows(DECIDED, bought.payment_id)
        assert (account, rule) == (("boreal", "model") if kept["acts"] else ("aster", "default"))
        assert sum(one["ppm"] for one in candidates) == 1_000_000
        went.add(account)
    assert "boreal" in went
    assert await audit(world.run) == []


@pytest.mark.parametrize(
    ("poison", "why"),
    [
        ({"ppm": {"aster": 0.0, "boreal": float("nan")}}, "out_of_range"),
        ({"age_seconds": 301}, "stale"),
        ({"took_ms": 10_000}, "slow"),
        ({"ppm": {"aster": 0, "boreal": 2_000_000}}, "out_of_range"),
    ],
)
async def test_poisoned_scores_fall_back_at_once_and_people_are_told(
    world: World, poison: dict[str, Any], why: str
) -> None:
    psps = Modelled(world.psps, Said(Mode.ON, 95, **poison))
    bought = await buy(world, psps, await both(world))
    [(account, rule, _, _, kept)] = await world.rows(DECIDED, bought.payment_id)
    assert (account, rule, kept["ignored"]) == ("aster", "default", why)
    await switch(world, Mode.SHADOW)
    await count_outcomes(world.run)
    told = "SELECT seller_code, sum(decisions) > 0 FROM model_fault WHERE why = %s GROUP BY 1"
    assert await world.rows(told, why) == [(await seller(world), True)]


async def test_outcomes_are_counted_once_whoever_counts(fresh_world: World) -> None:
    world = fresh_world
    await switch(world, Mode.SHADOW)
    first, second = ServedRouter(), ServedRouter()
    psps = Modelled(world.psps, first)
    await learned(world, first)
    await buy(world, psps, await both(world))
    await buy(world, psps, await both(world, aster="tok_decline_do_not_honor"))
    await learned(world, first)
    await asyncio.gather(count_outcomes(world.run), count_outcomes(world.run))
    again = await deltas(world)
    assert [(row[4], row[6], row[7]) for row in again] == [("boreal", 1, 1), ("aster", 2, 1)]
    # when a tick has passed, both workers know the same, and a third begins at the snapshot
    for _ in range(2):
        await world.advance(world.now + timedelta(minutes=11))
        await learned(world, first)
    await second.refresh(world.run)
    third = ServedRouter()
    await third.refresh(world.run)
    asked = (Features("DE", "", "visa payer", ""), ("aster", "boreal"), ())
    said = [router.weigh(*asked) for router in (first, second, third)]
    assert said[0] is not None
    assert said[0].ppm["boreal"] > said[0].ppm["aster"]
    assert all(one is not None and one.ppm == said[0].ppm for one in said)
    assert await world.value("SELECT count(*) FROM router_snapshot") >= 1
    assert await audit(world.run) == []


async def test_a_worker_that_is_killed_loses_and_repeats_nothing(fresh_world: World) -> None:
    world = fresh_world
    await switch(world, Mode.SHADOW)
    psps = Modelled(world.psps, ServedRouter())
    await buy(world, psps, await both(world))
    # given that it is killed before it commits
    with pytest.raises(ZeroDivisionError):
        async with world.run.transaction() as tx:
            await _count_and_die(tx)
    assert await deltas(world) == []
    # and what was open all the while is counted after it has ended
    await count_outcomes(world.run)
    assert [row[6] for row in await deltas(world)] == [1]
    assert await audit(world.run) == []


async def _count_and_die(tx: Tx) -> None:
    await learning.open_cursor(tx, tick=1)
    await learning.count_outcomes(tx, since=0, upto=2**60, window_from=0, tick=1)
    raise ZeroDivisionError


async def test_what_is_known_while_another_transaction_runs_is_counted_later(
    fresh_world: World,
) -> None:
    world = fresh_world
    await switch(world, Mode.SHADOW)
    async with await AsyncConnection.connect(world.url) as slow:
        await slow.execute("SELECT pg_current_xact_id()")
        await buy(world, Modelled(world.psps, ServedRouter()), await both(world))
        await count_outcomes(world.run)
        assert await deltas(world) == []
        await slow.commit()
    await count_outcomes(world.run)
    assert [row[6] for row in await deltas(world)] == [1]
    assert await audit(world.run) == []


async def test_a_burst_of_refusals_of_one_card_number_teaches_nothing(fresh_world: World) -> None:
    world = fresh_world
    await switch(world, Mode.SHADOW)
    router = ServedRouter()
    psps = Modelled(world.psps, router)
    await learned(world, router)
    await buy(world, psps, await both(world))
    # when cards of one number are tried, again and again, by payers who never were here before
    for _ in range(20):
        shopper = await both(
            world, aster="tok_decline_stolen_card", boreal="tok_decline_stolen_card"
        )
        await buy(world, psps, shopper)
    await world.write(
        "UPDATE instrument SET bin = '41111111' WHERE strpos(psp_token, 'decline') > 0"
    )
    await count_outcomes(world.run)
    counted = {(row[4], row[5]): (row[6], row[7]) for row in await deltas(world)}
    assert counted == {("aster", False): (1, 1), ("aster", True): (20, 0)}
    assert await audit(world.run) == []


async def test_one_card_teaches_three_times_in_ten_minutes_and_no_more(
    fresh_world: World,
) -> None:
    world = fresh_world
    await switch(world, Mode.SHADOW)
    router = ServedRouter()
    psps = Modelled(world.psps, router)
    await learned(world, router)
    # when five customers pay by one card, and are counted between them, and one by another
    for no in range(5):
        await buy(world, psps, await both(world))
        await world.write("UPDATE instrument SET fingerprint_hash = sha256('one card')")
        if no in {1, 3}:
            await count_outcomes(world.run)
    await buy(world, psps, await both(world))
    await count_outcomes(world.run)
    # then two of the five are counted apart
    counted = {(row[4], row[5]): (row[6], row[7]) for row in await deltas(world)}
    assert counted == {("aster", False): (4, 4), ("aster", True): (2, 2)}
    assert await audit(world.run) == []


async def test_a_switch_is_kept_with_who_and_why(fresh_world: World) -> None:
    world = fresh_world
    of = await seller(world)
    await switch(world, Mode.SHADOW)
    await switch(world, Mode.CANARY, 5)
    rows = await world.rows(
        "SELECT no, mode, percent, changed_by, reason FROM model_switch ORDER BY no"
    )
    assert rows == [(1, "shadow", 0, "test", "a scenario"), (2, "canary", 5, "test", "a scenario")]
    for wrong in (
        {"seller_code": "nobody"},
        {"switch": Switch(Mode.ON, 100)},
        {"reason": " "},
        {"switch": Switch(Mode.ON, 95, {"EUR": -1})},
    ):
        told: dict[str, Any] = {
            "seller_code": of,
            "switch": Switch(Mode.OFF),
            "changed_by": "me",
            "reason": "x",
        }
        told |= wrong
        with pytest.raises(ModelNotSwitched):
            await switch_model(world.run, told.pop("seller_code"), told.pop("switch"), **told)
