"""A model that does worse than the customers it is kept from is withdrawn, within a minute."""

import asyncio
from datetime import timedelta
from typing import Any, Final

import pytest

from ledgerline.base.crypto import Keyring
from ledgerline.base.run import Run
from ledgerline.datasets.audit import audit
from ledgerline.flows.count_outcomes import count_outcomes
from ledgerline.flows.load_retry_model import artefact_of, load_retry_model
from ledgerline.flows.switch_model import RETRY, ROUTING, switch_model
from ledgerline.flows.watch_models import watch_models
from ledgerline.jobs.router import REFRESH_SECONDS, ServedRouter
from ledgerline.jobs.units import JOBS
from ledgerline.payments.refusals import ModelNotSwitched
from ledgerline.payments.scores import SYSTEM, Features, Mode, Switch
from tests.flow_world import World
from tests.scenarios.flows.learning import Modelled, buy, learned, seller, switch
from tests.scenarios.flows.routed import both
from tests.scenarios.flows.test_learned_routing import DECIDED, Said
from tests.scenarios.retry_table import written

KEYRING: Final = Keyring(bytes(32))
ON: Final = Switch(Mode.ON, 95)
SWITCHES: Final = (
    "SELECT no, mode, percent, changed_by FROM model_switch WHERE kind = %s ORDER BY no"
)


async def _came(world: World, kind: str, good: tuple[int, int], *, version: int = 0) -> None:
    """Let so many of ten tries succeed in each of a hundred cells: acted on, and held out."""
    for acts, of_ten in zip((True, False), good, strict=True):
        await world.write(
            "INSERT INTO model_tally SELECT kind, seller_code, max(no), %s, %s, cell, 10, %s"
            " FROM model_switch, generate_series(0, 99) AS cell WHERE kind = %s"
            " GROUP BY kind, seller_code, cell ON CONFLICT ON CONSTRAINT model_tally_pk"
            " DO UPDATE SET tries = model_tally.tries + 10,"
            " good = model_tally.good + excluded.good",
            version, acts, of_ten, kind,
        )  # fmt: skip


async def _told(world: World) -> list[str]:
    rows = await world.rows(
        "SELECT detail FROM money_exception WHERE reason = 'model_withdrawn' AND closed_at IS NULL"
    )
    return [row[0] for row in rows]


async def test_what_came_of_first_tries_is_added_up_by_who_decided(fresh_world: World) -> None:
    world = fresh_world
    await switch(world, Mode.CANARY, 25)
    psps = Modelled(world.psps, Said(Mode.CANARY, 25))
    acted = []
    for no in range(8):
        token = "tok_decline_do_not_honor" if no == 7 else "tok_ok"
        bought = await buy(world, psps, await both(world, aster=token, boreal=token))
        [(_, _, _, _, kept), *_] = await world.rows(DECIDED, bought.payment_id)
        acted.append(kept["acts"])
    # and what an other switch decided is no part of it
    await buy(world, Modelled(world.psps, Said(Mode.ON, 95)), await both(world))
    for _ in range(2):
        await count_outcomes(world.run)
    found = await world.rows(
        "SELECT acts, sum(tries), sum(good) FROM model_tally GROUP BY acts ORDER BY acts"
    )
    assert found == [
        (acts, acted.count(acts), acted[:-1].count(acts)) for acts in sorted(set(acted))
    ]
    assert await watch_models(world.run) == 0
    assert await audit(world.run) == []


async def test_an_inverted_model_is_withdrawn_and_stays_so(fresh_world: World) -> None:
    world, router = fresh_world, ServedRouter()
    await switch(world, Mode.ON, 95)
    await learned(world, router)
    await _came(world, ROUTING, (8, 8))
    assert await watch_models(world.run) == 0
    # when it has approved less, by more than chance and the limit, whoever looks first
    await _came(world, ROUTING, (3, 9))
    assert sorted(await asyncio.gather(watch_models(world.run), watch_models(world.run))) == [0, 1]
    assert await world.rows(SWITCHES, ROUTING) == [
        (1, "on", 95, "test"), (2, "shadow", 0, SYSTEM),
    ]  # fmt: skip
    [detail] = await _told(world)
    assert "rules decide; first tries approved: 55.00 % of 2,000 where the model decided" in detail
    # then charges go by the rules as soon as a process reads the switch
    await router.refresh(world.run)
    bought = await buy(world, Modelled(world.psps, router), await both(world))
    [(_, rule, _, _, kept)] = await world.rows(DECIDED, bought.payment_id)
    assert (rule, kept["mode"], kept["acts"]) == ("default", "shadow", False)
    assert await watch_models(world.run) == 0
    # and it is back only by a person, to be compared anew
    await switch(world, Mode.CANARY, 1)
    assert await watch_models(world.run) == 0
    assert [row[:2] for row in await world.rows(SWITCHES, ROUTING)][-1] == (3, "canary")


def test_from_the_outcome_that_tells_to_rules_in_every_process_is_less_than_a_minute() -> None:
    pauses = JOBS["count_outcomes"].pause_seconds + JOBS["watch_models"].pause_seconds
    assert pauses + REFRESH_SECONDS <= 30


async def test_nobody_switches_in_the_name_of_the_machine(world: World) -> None:
    with pytest.raises(ModelNotSwitched, match="nobody is called system"):
        await switch_model(
            world.run, await seller(world), Switch(Mode.SHADOW), changed_by=SYSTEM, reason="x"
        )


async def _load(world: World, **more: Any) -> int:
    new = artefact_of(written(world.now, **more))
    return (await load_retry_model(world.run, new, loaded_by="test", reason="a scenario")).version


async def test_the_version_before_decides_again_and_only_then_rules(fresh_world: World) -> None:
    world = fresh_world
    of = await seller(world)
    await switch_model(world.run, of, ON, kind=RETRY, changed_by="test", reason="a scenario")
    assert await _load(world) == 1
    await _came(world, RETRY, (6, 5), version=1)
    assert await _load(world, cells={"base": -800}) == 2
    await world.advance(world.now + timedelta(hours=1))
    await _came(world, RETRY, (2, 5), version=2)
    # when the second does worse, the first is loaded again and the switch stays
    assert [await watch_models(world.run) for _ in range(2)] == [1, 0]
    loaded = "SELECT version, loaded_by, sha256 FROM retry_model ORDER BY version"
    first, _, third = await world.rows(loaded)
    assert (third[:2], third[2]) == ((3, SYSTEM), first[2])
    assert await world.rows(SWITCHES, RETRY) == [(1, "on", 95, "test")]
    # and when that does worse as well, rules decide
    await _came(world, RETRY, (2, 5), version=3)
    assert [await watch_models(world.run) for _ in range(2)] == [1, 0]
    assert await world.rows(SWITCHES, RETRY) == [(1, "on", 95, "test"), (2, "shadow", 0, SYSTEM)]
    [detail] = await _told(world)
    assert "version 1 decides again, as version 3; first tries again paid: 20.00 %" in detail
    assert "; retry of " in detail


async def test_a_version_that_never_decided_here_is_not_gone_back_to(fresh_world: World) -> None:
    world = fresh_world
    of = await seller(world)
    assert [await _load(world), await _load(world, cells={"base": -800})] == [1, 2]
    await switch_model(world.run, of, ON, kind=RETRY, changed_by="test", reason="a scenario")
    await _came(world, RETRY, (2, 5), version=2)
    assert await watch_models(world.run) == 1
    assert [row[1] for row in await world.rows(SWITCHES, RETRY)] == ["on", "shadow"]


async def test_a_state_that_is_not_as_it_was_written_is_none(fresh_world: World) -> None:
    world, first, second = fresh_world, ServedRouter(), ServedRouter()
    await switch(world, Mode.SHADOW)
    await learned(world, first)
    await buy(world, Modelled(world.psps, first), await both(world))
    for _ in range(2):
        await world.advance(world.now + timedelta(minutes=11))
        await learned(world, first)
    kept = await world.rows("SELECT sha256, length(code_version) FROM router_snapshot")
    assert {row[1] for row in kept} == {12}
    assert len({row[0] for row in kept}) == len(kept) > 1
    await world.write("ALTER TABLE router_snapshot DISABLE TRIGGER router_snapshot_frozen")
    await world.write("UPDATE router_snapshot SET body = replace(body, '1', '2')")
    await world.write("ALTER TABLE router_snapshot ENABLE TRIGGER router_snapshot_frozen")
    # when a process begins, it reads the counts anew and knows the same
    await second.refresh(world.run)
    asked = (Features("DE", "", "visa payer", ""), ("aster", "boreal"), ())
    said = [router.weigh(*asked) for router in (first, second)]
    assert said[0] is not None
    assert said[1] is not None
    assert said[0].ppm == said[1].ppm


async def test_a_state_is_kept_at_the_time_of_the_sandbox(fresh_world: World) -> None:
    world = fresh_world
    await switch(world, Mode.SHADOW)
    await count_outcomes(world.run)
    feeding = asyncio.create_task(ServedRouter().keep_fresh(Run(world.run.database, KEYRING)))
    kept: list[Any] = []
    while not kept:
        kept = await world.rows("SELECT taken_at FROM router_snapshot")
        await asyncio.sleep(0.01)
    feeding.cancel()
    assert kept == [(world.now,)]


async def _asked(world: World, day: int, market: str, decisions: int) -> None:
    await world.write(
        "INSERT INTO model_feature VALUES ('routing', %s, 'market', %s, %s)",
        world.now.date() - timedelta(days=day), market, decisions,
    )  # fmt: skip


async def test_where_charges_are_others_than_before_rules_decide(fresh_world: World) -> None:
    world = fresh_world
    await switch(world, Mode.ON, 95)
    await buy(world, Modelled(world.psps, Said(Mode.ON, 95)), await both(world))
    await world.buy(await world.shopper())  # no model is asked
    await count_outcomes(world.run)
    counted = await world.rows(
        "SELECT feature, level, decisions FROM model_feature WHERE kind = 'routing' ORDER BY 1"
    )
    assert counted == [
        ("delay", "a minute", 2), ("funding", "", 2), ("market", "DE", 2), ("network", "visa", 2),
        ("propensity", "9", 1), ("region", "", 2), ("who", "payer", 2),
    ]  # fmt: skip
    await world.advance(world.now + timedelta(days=4))
    for market, before, late in (("DE", 9_000, 3_000), ("FR", 1_000, 300)):
        await _asked(world, 10, market, before)
        await _asked(world, 1, market, late)
    assert await watch_models(world.run) == 0
    await _asked(world, 0, "FR", 4_000)
    assert [await watch_models(world.run) for _ in range(2)] == [1, 0]
    assert [row[1] for row in await world.rows(SWITCHES, ROUTING)] == ["on", "shadow"]
    [detail] = await _told(world)
    assert "rules decide; market: population stability index" in detail
    # who lets it decide all the same is not contradicted for as long as that is what is late
    await switch(world, Mode.CANARY, 5)
    assert await watch_models(world.run) == 0


async def test_a_table_that_changed_by_far_more_than_tables_do_is_looked_at_again(
    fresh_world: World,
) -> None:
    world = fresh_world
    of = await seller(world)
    for base in (-700, -710, -720, -730):
        await _load(world, cells={"base": base})
    await switch_model(world.run, of, ON, kind=RETRY, changed_by="test", reason="a scenario")
    assert await _load(world, cells={"base": -745}) == 5
    assert [row[1] for row in await world.rows(SWITCHES, RETRY)] == ["on"]
    assert await _load(world, cells={"base": -900}) == 6
    assert [row[1] for row in await world.rows(SWITCHES, RETRY)] == ["on", "shadow"]
    [detail] = await _told(world)
    assert "rules decide; the table changed by 155.000 thousandths of a logit a cell" in detail
