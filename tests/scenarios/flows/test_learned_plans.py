"""Plans laid for a model in flows: more slots, a stop that ends nothing sooner, a hold-out."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from ledgerline.catalog.model import Collection
from ledgerline.datasets.audit import audit
from ledgerline.flows.load_catalog import load_catalog
from ledgerline.flows.load_retry_model import artefact_of, load_retry_model
from ledgerline.flows.read_catalog import read_catalog
from ledgerline.flows.switch_model import RETRY, switch_model
from ledgerline.payments.rules.learned import acts_for
from ledgerline.payments.scores import Kind, Mode, Switch
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.scenarios.flows.learning import seller
from tests.scenarios.retry_table import written

FUNDS: Final = "tok_decline_insufficient_funds"
ON: Final = Switch(Mode.ON, 95)
DAYS: Final = [2, 5, 9, 13, 17, 21]
COLLECTS: Final = Collection(
    learned_days=tuple(DAYS), learned_collect_days=28, try_cost_minor=100, grace_days=14
)
REVISIONS: Final = (
    "SELECT r.track, r.slots, r.next_at, r.ends_at, p.state, p.awaits_payer, d.learned, r.began_at,"
    "       p.id"
    "  FROM payment AS p JOIN retry_plan AS r ON r.payment_id = p.id AND r.bucket = p.bucket"
    "  JOIN decision AS d ON d.id = r.decision_id AND d.bucket = r.bucket"
    " WHERE p.subscription_id = %s ORDER BY r.revision"
)


async def _begin(world: World) -> None:
    catalog = await read_catalog(world.run)
    markets = tuple(replace(one, collection=COLLECTS) for one in catalog.markets)
    await load_catalog(world.run, replace(catalog, markets=markets))
    await switch_model(
        world.run, await seller(world), ON, kind=RETRY, changed_by="test", reason="a scenario"
    )


async def _load(world: World, **cells: int) -> None:
    new = artefact_of(written(world.now, cells=cells))
    await load_retry_model(world.run, new, loaded_by="test", reason="a scenario")


async def _shopper(world: World, *, acts: bool) -> Shopper:
    """Bring a shopper for whom a model decides, or one who is held out for good."""
    for _ in range(400):
        found = await world.shopper(token=FUNDS)
        if acts_for(Kind.RETRY, ON, str(found.customer_id)) is acts:
            return found
    raise AssertionError(acts)


async def _revisions(world: World, bought: Bought) -> list[dict[str, Any]]:
    names = ("track", "slots", "next_at", "ends_at", "state", "awaits_payer", "learned", "began_at",
             "payment_id")  # fmt: skip
    return [
        dict(zip(names, row, strict=True))
        for row in await world.rows(REVISIONS, bought.subscription_id)
    ]


async def _told(world: World, plan: dict[str, Any]) -> list[tuple[Any, ...]]:
    return await world.rows(
        "SELECT n.kind, n.day FROM payment_notice AS n"
        " WHERE n.told_at IS NOT NULL AND n.payment_id = %s ORDER BY 1, 2",
        plan["payment_id"],
    )


async def test_a_model_has_more_slots_stops_what_is_unlikely_and_ends_nothing_sooner(
    fresh_world: World,
) -> None:
    world = fresh_world
    await _begin(world)
    await _load(world, base=-1000)  # 43 % at all times, of thirty euros
    let, held = await _shopper(world, acts=True), await _shopper(world, acts=False)
    ours, others = [await world.buy(one, trial=True) for one in (let, held)]
    # when both are refused, who a model decides for has its slots, who is held out the calendar
    await world.advance(world.now + timedelta(days=31))
    [first], [fixed] = await _revisions(world, ours), await _revisions(world, others)
    assert [one["day"] for one in first["slots"]] == DAYS
    assert [one["day"] for one in fixed["slots"]] == [2, 7, 14, 21]
    assert (first["track"], fixed["track"]) == ("model", "slot")
    assert (first["ends_at"] - first["began_at"]).days in {27, 28}
    assert (fixed["ends_at"] - fixed["began_at"]).days in {20, 21}
    # and when the model takes further tries to be hopeless, nothing is tried for who it decides for
    await _load(world, base=-7900)
    await world.advance(world.now + timedelta(days=3))
    stopped, on = (await _revisions(world, ours))[-1], (await _revisions(world, others))[-1]
    assert [one["why"] for one in stopped["slots"]] == ["used", *(["unlikely"] * 5)]
    assert (stopped["track"], stopped["awaits_payer"], stopped["state"]) == (
        "end",
        True,
        "processing",
    )
    assert stopped["learned"]["stops"]
    assert on["track"] == "slot"
    assert on["learned"]["stops"]
    assert not on["learned"]["acts"]
    # then its payer can mend it as long as before, is told, and has the service of the others
    assert stopped["next_at"] == stopped["ends_at"] == first["ends_at"]
    assert await audit(world.run) == []
    await world.advance(first["ends_at"] - timedelta(hours=1))
    assert (await _revisions(world, ours))[-1]["state"] == "processing"
    await world.advance(first["ends_at"] + timedelta(hours=1))
    assert (await _revisions(world, ours))[-1]["state"] == "failed"
    assert await world.rows(
        "SELECT count(*) FROM attempt AS a JOIN payment AS p ON p.id = a.payment_id"
        " WHERE p.subscription_id IN (%s, %s) AND a.sent_at < %s"
        " GROUP BY p.subscription_id ORDER BY 1",
        ours.subscription_id,
        others.subscription_id,
        first["ends_at"] - timedelta(days=1),
    ) == [(2,), (5,)]
    assert await _told(world, first) == await _told(world, fixed) != []
    assert await audit(world.run) == []


async def test_a_stop_of_who_would_have_been_held_out_by_another_draw_is_none_against_the_rules(
    fresh_world: World,
) -> None:
    world = fresh_world
    await _begin(world)
    await _load(world, base=-1000)
    # given a customer whom the draw of all models, as it once was, would have held out
    shopper = await _shopper(world, acts=True)
    while int.from_bytes(sha256(f"model\0{shopper.customer_id}".encode()).digest()[:8]) % 100 < 95:
        shopper = await _shopper(world, acts=True)
    bought = await world.buy(shopper, trial=True)
    await world.advance(world.now + timedelta(days=31))
    # when a model that decides for them stops
    await _load(world, base=-7900)
    await world.advance(world.now + timedelta(days=3))
    stopped = (await _revisions(world, bought))[-1]
    assert stopped["learned"]["stops"]
    assert stopped["learned"]["acts"]
    # then the audit goes by the same draw
    assert await audit(world.run) == []
