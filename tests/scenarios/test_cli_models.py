"""What a model is worth and did, from the command line: evaluated, carded, replayed."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest_asyncio

from ledgerline.base.ids import encode
from ledgerline.flows.switch_model import RETRY, ROUTING, switch_model
from ledgerline.flows.withdraw_model import withdraw_model_in
from ledgerline.jobs.router import ServedRouter
from ledgerline.payments.learning import read_switch
from ledgerline.payments.scores import Mode, Switch
from tests.flow_world import World
from tests.scenarios.api_client import Api
from tests.scenarios.flows.learning import Modelled, buy, learned, seller, switch
from tests.scenarios.flows.routed import both
from tests.scenarios.forked import Forked

BOUGHT: Final = 6
DECIDED: Final = (
    "SELECT a.id, d.id, d.learned IS NULL FROM attempt AS a"
    " JOIN decision AS d ON d.id = a.decision_id AND d.bucket = a.bucket ORDER BY a.sent_at, a.id"
)


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def decided(world: World) -> None:
    """Let rules decide once, then the model for most, before and after it has learned."""
    router = ServedRouter()
    psps = Modelled(world.psps, router)
    await buy(world, psps, await both(world))
    await switch(world, Mode.ON, 95)
    for _ in range(2):
        await learned(world, router)
        for no in range(BOUGHT // 2):
            aster = "tok_decline_do_not_honor" if no == 1 else "tok_ok"
            await buy(world, psps, await both(world, aster=aster))
        await world.advance(world.now + timedelta(minutes=11))
    await learned(world, router)
    await world.advance(world.now + timedelta(days=2))


async def test_why_an_attempt_went_where_it_went_is_told_by_the_api_as_by_the_command(
    world: World, forked: Forked, api: Api
) -> None:
    [*_, (attempt_id, _, _)] = [row for row in await world.rows(DECIDED) if not row[2]]
    payment_id = await world.value("SELECT payment_id FROM attempt WHERE id = %s", attempt_id)
    payment = encode("pay", payment_id)
    shown = forked.read(world.url, "payment", "show", payment)["attempts"]
    told = (await api.get(f"/v1/payments/{payment}")).body["attempts"]
    assert [one["explanation"] for one in told] == [one["model_said"] for one in shown]
    [of_it] = [one for one in told if one["id"] == encode("att", attempt_id)]
    assert " was drawn." in " ".join(of_it["explanation"])


async def test_every_decision_of_the_model_is_replayed_to_the_last_digit(
    world: World, forked: Forked
) -> None:
    rows = await world.rows(DECIDED)
    asked = [row for row in rows if not row[2]]
    assert len(asked) >= BOUGHT
    for attempt_id, decision_id, _ in asked[:2] + asked[-2:]:
        found = forked.read(world.url, "ml", "replay", encode("att", attempt_id))
        assert (found["equal"], found["differences"]) == (True, []), found
        assert found["decision"] == str(decision_id)
    again = forked.read(world.url, "ml", "replay", str(asked[-1][1]))
    assert sum(again["ppm"].values()) == 1_000_000
    # and what cannot be is said
    [by_rules, *_] = [row for row in rows if row[2]]
    refused = forked(world.url, "ml", "replay", encode("att", by_rules[0]))
    assert (refused.status, "rules decided" in refused.err) == (1, True)
    nobody = forked(world.url, "ml", "replay", "att_01h455vb4pex5vsknk084sn02q")
    assert (nobody.status, "there is no decision" in nobody.err) == (1, True)
    assert "is no id of a decision" in forked(world.url, "ml", "replay", "nonsense").err


async def test_a_state_that_is_kept_no_more_is_said(world: World, forked: Forked) -> None:
    attempt_id = next(row[0] for row in await world.rows(DECIDED) if not row[2])
    kept = await world.rows(
        "SELECT tick, upto, body, taken_at, sha256, code_version FROM router_snapshot"
    )
    await world.write("DELETE FROM router_snapshot")
    try:
        done = forked(world.url, "ml", "replay", encode("att", attempt_id))
        assert (done.status, "is kept no more" in done.err) == (1, True)
    finally:
        for row in kept:
            await world.write("INSERT INTO router_snapshot VALUES (%s, %s, %s, %s, %s, %s)", *row)


async def test_a_release_is_evaluated_or_it_is_said_why_not(
    world: World, forked: Forked, tmp_path: Path
) -> None:
    place = {"LEDGERLINE_DATA_DIR": str(tmp_path)}
    early = forked(world.url, "ml", "evaluate", **place)
    assert (early.status, "nothing has been released yet" in early.err) == (1, True)
    assert forked.read(world.url, "data", "run", **place)["release"] == 1
    found = forked.read(world.url, "ml", "evaluate", **place)
    assert (found["release"], found["simulated"]) == (1, True)
    assert found["decisions"] == found["counted"] == 1 + BOUGHT
    assert found["model_asked"] >= BOUGHT
    said: dict[str, Any] = {one["policy"]: one for one in found["policies"]}
    assert {name: one["refused"] for name, one in said.items()} == {
        "logged": "few", "rules": "few", "learned": "few"
    }  # fmt: skip
    assert said["rules"]["because"].startswith("only ")
    assert found["until"] == str((world.now - timedelta(days=1)).date())  # the last day of it
    told = forked(world.url, "ml", "evaluate", "--seller", "nordic", **place)
    assert (told.status, "no answer" in told.out) == (0, True)
    for wrong, said_of_it in (
        (("evaluate", "--seller", "nobody"), "no seller has this code"),
        (("evaluate", "--since", "2026-03-02", "--until", "2026-03-01"), "is after 2026-03-01"),
        (("card", "--file", "heads.json"), "the model of routing is no file"),
    ):
        refused = forked(world.url, "ml", *wrong, **place)
        assert (refused.status, said_of_it in refused.err) == (1, True), refused.err
    # and the card is a page, with the state it is of, and of no other model
    of = await seller(world)
    await switch_model(
        world.run, of, Switch(Mode.SHADOW), kind=RETRY, changed_by="test", reason="x"
    )
    card = forked.read(world.url, "ml", "card", **place)
    page = (tmp_path / "model-card/index.html").read_text()
    assert card["page"] == (tmp_path / "model-card/index.html").as_uri()
    assert card["sha256"] in page
    assert "Everything on this page is simulated" in page
    text = (tmp_path / "model-card/card.txt").read_text()
    assert f"sha256 {card['sha256']}, code {card['code']}" in text
    assert f"decides: on for {of}, 95 %\n" in text
    for said_there in ("Believed and seen", "aster", "moves by", "no answer: only"):
        assert said_there in page
    assert forked.read(world.url, "ml", "card", **place)["sha256"] == card["sha256"]


async def test_what_decisions_were_and_what_came_of_them_is_shown(
    world: World, forked: Forked
) -> None:
    moved = forked.read(world.url, "ml", "drift")
    market = next(one for one in moved["routing"] if one["feature"] == "market")
    assert (market["grade"], market["psi_milli"]) == ("few", None)
    assert market["recent"] > BOUGHT
    assert market["levels"] == [{"level": "DE", "before": 0, "recent": market["recent"]}]
    weeks = moved["calibration"]["routing"]
    assert sum(one["tries"] for one in weeks) == BOUGHT
    assert all(one["low_ppm"] <= one["seen_ppm"] <= one["high_ppm"] for one in weeks)
    assert not any(one["is_off"] for one in weeks)
    told = forked(world.url, "ml", "drift").out
    assert "simulated  yes" in told
    assert "too few decisions to say" in told
    assert "routing, believed and seen" in told
    [version] = forked.read(world.url, "ml", "versions")
    kept = await world.rows("SELECT sha256, upto FROM router_snapshot ORDER BY tick DESC LIMIT 1")
    assert [(version["sha256"], version["known"])] == [(a, f"transaction {b}") for a, b in kept]
    assert (version["kind"], version["state"]) == ("routing", "on")
    assert version["card"] == "ledgerline ml card"
    assert version["sha256"][:12] in forked(world.url, "ml", "versions").out
    shown = forked.read(world.url, "ml", "show")
    assert (moved["simulated"], shown["simulated"]) == (True, True)
    [both] = shown["compared"]
    arms = [both[name]["tries"] for name in ("acted", "held_out") if both[name] is not None]
    assert (sum(arms), both["loss"]) == (BOUGHT, None)
    assert "compare" in forked(world.url, "ml", "show").out


async def test_that_a_model_was_withdrawn_is_looked_at_and_closed(
    world: World, forked: Forked, api: Api
) -> None:
    of = await seller(world)
    async with world.run.transaction() as tx:
        held = await read_switch(tx, kind=ROUTING, seller_code=of)
        assert held is not None
        await withdraw_model_in(tx, world.run, held, why="it lost")
    [opened] = forked.read(world.url, "exceptions", "show", f"routing:{of}")["exceptions"]
    assert (opened["reason"], opened["subject"]) == ("model_withdrawn", f"routing:{of}")
    told = (await api.get(f"/v1/exceptions/{opened['id']}")).body
    assert (told["subject_kind"], told["subject"]) == ("model", f"routing:{of}")
    close = ("exceptions", "close", f"routing:{of}", "model_withdrawn", "--note", "looked at it")
    [closed] = forked.read(world.url, *close)["exceptions"]
    assert closed["resolution"] == "looked at it"
