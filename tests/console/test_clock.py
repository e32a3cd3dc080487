"""The clock of a sandbox at the console: asked for here, carried out where the simulator is."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import pytest
from typing_extensions import override

from ledgerline.access.model import Role
from ledgerline.base.run import Run
from ledgerline.datasets.audit import audit
from ledgerline.flows.follow_sandbox import follow_sandbox
from ledgerline.flows.move_clock import ClockNotVirtual, check_move
from tests.console.operator import sign_in
from tests.flow_world import World
from tests.storefront.site import Site

CLOCK: Final = "/console/clock"


@dataclass(frozen=True, slots=True)
class Outside:
    """The simulator of a world."""

    world: World

    async def move_clock(self, instant: datetime) -> None:
        """Move its clock."""
        await self.world.simulator.control("clock", {"now": instant.isoformat()})

    async def add_outage(self, account: str, start: datetime, end: datetime) -> None:
        """Let an account not answer."""
        body = {"provider": account, "from": start.isoformat(), "to": end.isoformat()}
        await self.world.simulator.control("outage", body)


class Gone(Outside):
    """A simulator that does not move."""

    @override
    async def move_clock(self, instant: datetime) -> None:
        """Refuse."""
        raise ClockNotVirtual("the simulator is gone")


async def _carry_out(world: World) -> bool:
    run = Run(world.run.database, world.run.keyring)
    did = await follow_sandbox(run, world.psps, Outside(world))
    world.run = await run.at_clock()
    return did


async def test_an_advance_is_previewed_asked_for_once_and_carried_out(
    site: Site, world: World
) -> None:
    bought = await world.buy(await world.shopper())
    me = await sign_in(world, site, Role.FINANCE)
    empty = await me.look(CLOCK)
    for said in ("Thu 1 Jan 2026, 00:00", "Nobody has asked for anything yet"):
        assert said in empty.words, (said, empty.words)
    path = f"{CLOCK}/advance?by=1+month"
    page = await me.look(path)
    assert page.button == "Advance to Sun 1 Feb 2026, 00:00"
    assert "€11.99" in page.words
    for _ in range(2):
        assert (await me.send("POST", f"{CLOCK}/advance", form=page.form)).status == 303
    # then nothing has moved yet, and nothing else may be asked for
    waiting = await me.look(CLOCK)
    for said in ("On its way to Sun 1 Feb 2026", "ledgerline clock follow", "Thu 1 Jan 2026"):
        assert said in waiting.words, (said, waiting.words)
    assert "something is being done already" in (await me.look(path)).words
    assert "something is being done already" in (await me.look(f"{CLOCK}/outage")).words
    live = await me.send("GET", CLOCK, headers={"Accept": "application/json"})
    assert json.loads(live.text)["state"].endswith("asked")
    # when whoever reaches the simulator carries it out
    assert await _carry_out(world)
    assert not await _carry_out(world)
    done = await me.look(CLOCK)
    for said in ("Sun 1 Feb 2026, 00:00", "done", "Ida"):
        assert said in done.words, (said, done.words)
    assert len(await world.invoices(bought.subscription_id)) == 2
    assert await world.rows("SELECT invoiced, paid, state FROM sandbox_instruction") == [
        (1, 1, "done")
    ]
    acts = await world.rows("SELECT act, after ->> 'to' FROM audit_entry WHERE act LIKE 'clock%%'")
    assert acts == [("clock_advanced", "2026-02-01T00:00:00+00:00")]
    assert await audit(world.run) == []


async def test_what_a_process_left_that_died_is_gone_on_with(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.OWNER)
    to = (world.now + timedelta(days=2)).date()
    assert (await me.act(f"{CLOCK}/advance?by=1+day&to={to}")).status == 303
    await world.write(
        "UPDATE sandbox_instruction SET state = 'running', seen_at = now() WHERE state = 'asked'"
    )
    assert not await _carry_out(world)  # somebody is at it
    await world.write("UPDATE sandbox_instruction SET seen_at = now() - interval '3 minutes'")
    assert await _carry_out(world)
    assert world.now.date() == to


async def test_an_outage_is_asked_for_and_charges_wait(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.OWNER)
    page = await me.look(f"{CLOCK}/outage?account=aster&hours=6")
    assert page.button == "Let aster not answer"
    assert (await me.send("POST", f"{CLOCK}/outage", form=page.form)).status == 303
    assert await _carry_out(world)
    bought = await world.buy(await world.shopper())
    assert await world.state(bought.subscription_id) != "active"
    await world.advance(world.now + timedelta(hours=30))
    assert await audit(world.run) == []


async def test_what_makes_no_sense_is_said(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.OWNER)
    for asked in ("to=2020-01-01", "to=soon", "to=2036-01-01", "by=1+second"):
        seen = await me.look(f"{CLOCK}/advance?{asked}")
        assert (seen.status, "This cannot be done." in seen.words) == (200, True), asked
    assert "This cannot be done." in (await me.look(f"{CLOCK}/outage?account=none")).words
    # where business is in real time there is no such clock
    environment = await world.run.environment()
    with pytest.raises(ClockNotVirtual):
        check_move(environment._replace(kind="live", instant=None), world.now)


async def test_what_is_refused_on_the_way_has_failed_and_says_why(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.OWNER)
    assert (await me.act(f"{CLOCK}/advance?by=1+day")).status == 303

    run = Run(world.run.database, world.run.keyring)
    assert await follow_sandbox(run, world.psps, Gone(world))
    page = await me.look(CLOCK)
    assert "failed" in page.words
    assert "the simulator is gone" in page.words
    assert (await me.look(f"{CLOCK}/advance")).button != ""
