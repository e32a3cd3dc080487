"""A model is let decide a step more on conditions, or by somebody who says why, which is kept."""

from datetime import timedelta

import pytest

from ledgerline.flows.count_outcomes import count_outcomes
from ledgerline.flows.lower_model import Lowered, lower_model
from ledgerline.flows.promote_model import Wanted, preview_promotion, promote_model
from ledgerline.payments.refusals import ModelNotPromoted, ModelNotSwitched
from ledgerline.payments.rules.promotion import Replayed, unmet
from ledgerline.payments.scores import Kind, Mode
from tests.flow_world import World
from tests.scenarios.flows.learning import seller, switch


async def _known(world: World, tries: int) -> None:
    """Let the outcomes of so many decisions be known in each of two hundred cells."""
    await world.write(
        "INSERT INTO model_tally SELECT kind, seller_code, max(no), 0, percent > 0 AND cell < 100,"
        " cell, %s, %s FROM model_switch, generate_series(0, 199) AS cell WHERE no ="
        " (SELECT max(no) FROM model_switch) GROUP BY kind, seller_code, percent, cell",
        tries, tries * 9 // 10,
    )  # fmt: skip


async def _unmet(world: World, wanted: Wanted) -> set[str]:
    return set(unmet((await preview_promotion(world.run, wanted)).conditions))


async def test_each_step_is_taken_once_its_conditions_are_met(fresh_world: World) -> None:
    world = fresh_world
    wanted = Wanted(Kind.ROUTING, await seller(world), Replayed(20, 0), {"EUR": 50_000})
    with pytest.raises(ModelNotPromoted, match="1 of 1 conditions are not met: fresh"):
        await promote_model(world.run, wanted, changed_by="ada", reason="to look")
    await count_outcomes(world.run)
    row, _ = await promote_model(world.run, wanted, changed_by="ada", reason="to look")
    assert (row.no, row.mode, row.unmet) == (1, "shadow", "[]")
    # a week and fifty thousand decisions later it decides for one customer in a hundred
    wanted = wanted._replace(explore_below=None)
    await _known(world, 250)
    await world.advance(world.now + timedelta(days=6))
    with pytest.raises(ModelNotPromoted, match="1 of 6 conditions are not met: time"):
        await promote_model(world.run, wanted, changed_by="ada", reason="it is good")
    await world.advance(world.now + timedelta(days=1))
    row, _ = await promote_model(world.run, wanted, changed_by="ada", reason="it is good")
    assert (row.mode, row.percent, row.explore_below) == ("canary", 1, '{"EUR": 50000}')
    # a preview says what is missing, and who does not wait is kept with what was
    found = await preview_promotion(world.run, wanted)
    assert (found.to.mode, found.to.percent) == (Mode.CANARY, 5)
    assert unmet(found.conditions) == ("time", "loss")
    row, said = await promote_model(
        world.run, wanted, changed_by="ada", reason="a drill", anyway=True
    )
    assert said == found.conditions
    kept = await world.rows(
        "SELECT no, mode, percent, changed_by, reason, unmet FROM model_switch ORDER BY no"
    )
    assert kept[1:] == [
        (2, "canary", 1, "ada", "it is good", []),
        (3, "canary", 5, "ada", "a drill", ["time", "loss"]),
    ]
    # where what was decided is known to have lost little, it goes on
    await _known(world, 400)
    await world.advance(world.now + timedelta(days=3))
    row, _ = await promote_model(world.run, wanted, changed_by="ada", reason="it is good")
    assert (row.percent, row.unmet) == (25, "[]")


async def test_what_was_wrong_of_a_seller_stands_in_the_way_of_that_one(
    fresh_world: World,
) -> None:
    world = fresh_world
    wanted = Wanted(Kind.ROUTING, await seller(world), Replayed(20, 0), {"EUR": 50_000})
    await switch(world, Mode.SHADOW)
    answers = "INSERT INTO model_fault VALUES ('routing', 1, %s, %s, 9, '2100-01-01')"
    for why in ("out_of_range", "slow"):
        await world.write(answers, "another", why)
    assert not {"violations", "in time"} & await _unmet(world, wanted)
    await world.write(answers, wanted.seller_code, "slow")
    assert {"violations", "in time"} & await _unmet(world, wanted) == {"in time"}
    # where nobody knows whose it was, it stands in everybody's
    await world.write(answers, "", "out_of_range")
    assert {"violations", "in time"} <= await _unmet(world, wanted)


async def test_nobody_promotes_without_saying_who_and_why_nor_for_a_stranger(world: World) -> None:
    wanted = Wanted(Kind.RETRY, "nobody", Replayed(0, 0))
    for by, reason in ((" ", "x"), ("me", ""), ("system", "x"), ("me", "x")):
        with pytest.raises(ModelNotPromoted):
            await promote_model(world.run, wanted, changed_by=by, reason=reason)
    with pytest.raises(ModelNotPromoted, match="there is no seller nobody"):
        await preview_promotion(world.run, wanted)
    found = await preview_promotion(world.run, wanted._replace(seller_code=await seller(world)))
    assert unmet(found.conditions) == ("fresh",)


async def test_who_lets_a_model_decide_less_does_not_take_back_that_it_was_withdrawn(
    fresh_world: World,
) -> None:
    # given a model that decided for most, and is withdrawn while somebody wants a quarter
    world, of = fresh_world, await seller(fresh_world)
    await switch(world, Mode.ON, 95)
    await switch(world, Mode.SHADOW)
    less = Lowered(Kind.ROUTING, of, Mode.CANARY, percent=25)
    with pytest.raises(ModelNotSwitched, match="that is a step up"):
        await lower_model(world.run, less, changed_by="ada", reason="less of it")
    row = await lower_model(
        world.run, Lowered(Kind.ROUTING, of, Mode.OFF), changed_by="ada", reason="none of it"
    )
    assert (row.no, row.mode, row.explore_below) == (3, "off", '{"EUR": 50000}')
