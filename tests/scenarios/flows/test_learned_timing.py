"""A model of retry timing in flows: asked in shadow, let decide, and never believed when broken."""

import json
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from ledgerline.datasets.audit import audit
from ledgerline.flows.count_outcomes import count_outcomes
from ledgerline.flows.load_retry_model import artefact_of, load_retry_model
from ledgerline.flows.read_models import read_models
from ledgerline.flows.switch_model import RETRY, switch_model
from ledgerline.payments.refusals import ModelNotLoaded
from ledgerline.payments.rules.learned import acts_for
from ledgerline.payments.scores import Kind, Mode, Switch
from tests.flow_values import Bought
from tests.flow_world import World
from tests.scenarios.flows.learning import seller
from tests.scenarios.retry_table import sealed, written

FUNDS: Final = "tok_decline_insufficient_funds"
ON: Final = Switch(Mode.ON, 95)
DECIDED: Final = (
    "SELECT r.track, r.next_at, r.planned_at, p.next_try_at, p.customer_id::text, d.rule,"
    "       d.candidates, d.features, d.learned, d.chosen::timestamptz"
    "  FROM payment AS p JOIN retry_plan AS r ON r.payment_id = p.id AND r.bucket = p.bucket"
    "  JOIN decision AS d ON d.id = r.decision_id AND d.bucket = r.bucket"
    " WHERE p.subscription_id = %s ORDER BY r.revision DESC LIMIT 1"
)


async def _switch(world: World, switch: Switch) -> None:
    await switch_model(
        world.run, await seller(world), switch, kind=RETRY, changed_by="test", reason="a scenario"
    )


async def _load(world: World, *, days_old: int = 0, **more: Any) -> int:
    new = artefact_of(written(world.now - timedelta(days=days_old), **more))
    return (await load_retry_model(world.run, new, loaded_by="test", reason="a scenario")).version


async def _refused(world: World) -> Bought:
    """Begin a trial and let its first renewal be refused."""
    shopper = await world.shopper(token=FUNDS)
    bought = await world.buy(shopper, trial=True)
    await world.advance(world.now + timedelta(days=31))
    return bought


async def _decided(world: World, bought: Bought) -> dict[str, Any]:
    [row] = await world.rows(DECIDED, bought.subscription_id)
    names = ("track", "next_at", "planned_at", "next_try_at", "customer", "rule", "candidates",
             "features", "learned", "chosen")  # fmt: skip
    return dict(zip(names, row, strict=True))


async def test_a_model_is_asked_as_far_as_it_is_let_and_the_plan_stays_its_bounds(
    world: World,
) -> None:
    # given that nothing is switched on, what it would be told is kept all the same
    found = await _decided(world, await _refused(world))
    assert (found["track"], found["learned"]) == ("slot", None)
    assert found["features"]["category"] == "insufficient_funds"
    # when it is looked at in shadow, without a model and with one
    await _switch(world, Switch(Mode.SHADOW))
    assert (await _decided(world, await _refused(world)))["learned"]["ignored"] == "nothing_said"
    assert await _load(world) == 1
    found = await _decided(world, await _refused(world))
    assert found["track"] == found["rule"] == "slot"
    kept = found["learned"]
    assert (kept["version"], kept["acts"]) == (1, False)
    assert [one["ppm"] for one in found["candidates"]] == [1_000_000]
    assert kept["chosen"] != found["chosen"].isoformat()
    # and when it decides
    await _switch(world, ON)
    assert await _load(world) == 2  # the same, trained again
    bought = await _refused(world)
    found = await _decided(world, bought)
    acts = acts_for(Kind.RETRY, ON, found["customer"])
    assert found["track"] == found["rule"] == ("model" if acts else "slot")
    assert found["next_at"] == found["next_try_at"] == found["chosen"]
    if acts:
        local = found["next_at"].astimezone(ZoneInfo("Europe/Berlin"))
        assert local.hour in {13, 14}
        assert timedelta(days=1) <= found["next_at"] - found["planned_at"] < timedelta(days=2)
        assert len(found["candidates"]) == len(found["learned"]["chances"]) > 30
    # then the next try is then, and takes a slot as any other does
    await world.advance(found["next_at"])
    [slots] = await world.rows(
        "SELECT r.slots, r.tries FROM payment AS p JOIN retry_plan AS r"
        " ON r.payment_id = p.id AND r.bucket = p.bucket WHERE p.subscription_id = %s"
        " AND r.revision = 2",
        bought.subscription_id,
    )
    assert [one["why"] == "used" for one in slots[0]] == [True, False, False, False]
    assert slots[1] == 2
    assert await audit(world.run) == []


async def test_a_broken_or_old_table_is_the_fixed_plan_and_people_are_told(world: World) -> None:
    await _switch(world, ON)
    await _load(world, cells={"base": -900})
    await world.write("ALTER TABLE retry_model DISABLE TRIGGER retry_model_append_only")
    await world.write("UPDATE retry_model SET body = replace(body, '900', '100')")
    await world.write("ALTER TABLE retry_model ENABLE TRIGGER retry_model_append_only")
    found = await _decided(world, await _refused(world))
    assert (found["track"], found["learned"]["ignored"]) == ("slot", "nothing_said")
    await _load(world, days_old=20, cells={"base": -800})
    found = await _decided(world, await _refused(world))
    assert (found["track"], found["learned"]["ignored"]) == ("slot", "stale")
    await count_outcomes(world.run)
    told = await read_models(world.run)
    assert {"stale", "nothing_said"} <= {row.why for row in told.faults if row.kind == RETRY}
    assert told.timing is not None
    assert await audit(world.run) == []


async def test_only_what_training_wrote_is_loaded_and_only_once(world: World) -> None:
    new = artefact_of(written(cells={"base": -700}))
    first = await load_retry_model(world.run, new, loaded_by="me", reason="to see")
    assert await load_retry_model(world.run, new, loaded_by="you", reason="again") == first
    for wrong in (
        "", "[]", "{}", written().replace("2000", "2001"), written().replace("+00:00", ""),
        json.dumps(json.loads(written()) | {"metrics": 5}),
        # nothing of a file is changed: not its day, by which it is fresh, nor what it was made of
        written().replace("2025-12-30", "2026-01-01"), written().replace('"rows": 1', '"rows": 9'),
        sealed(kind="churn"), sealed(metrics={"ece_ppm": float("nan")}),
        sealed(metrics={"said": "\x00"}), sealed(metrics={"said": "\ud800"}),
        sealed(trained_at="2025-12-30T00:00:00"), sealed(trained_at="0001-01-01T00:00:00+14:00"),
    ):  # fmt: skip
        with pytest.raises(ModelNotLoaded):
            artefact_of(wrong)
    for body, by, reason in (
        (written(cells={"base": 30_000}), "me", "x"),
        (written(families=[[["hour"]]]), "me", "x"),
        (written(), " ", "x"),
        (written(), "me", ""),
        (written(world.now + timedelta(days=1)), "me", "x"),
    ):
        with pytest.raises(ModelNotLoaded):
            await load_retry_model(world.run, artefact_of(body), loaded_by=by, reason=reason)
