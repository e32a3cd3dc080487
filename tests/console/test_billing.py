"""Bill runs at the console: what they did, what is due, and letting them stop and go on."""

import json
from datetime import datetime, timedelta
from typing import Final

from ledgerline.access.model import Role
from ledgerline.base.ids import BUCKETS, PREFIXES, BillRunId, Bucket, encode
from ledgerline.datasets.audit import audit
from ledgerline.flows.bill_due import BatchBilled, bill_due
from ledgerline.flows.move_clock import move_clock
from ledgerline.flows.open_bill_run import open_bill_run
from tests.console.operator import Operator, sign_in
from tests.flow_world import World
from tests.storefront.site import Site

RUNS: Final = "/console/bill-runs"
JSON: Final = {"Accept": "application/json"}


async def bill(world: World, bill_run_id: BillRunId, *, limit: int = 10_000) -> BatchBilled:
    """Bill one batch of a run."""
    await open_bill_run(world.run, bill_run_id=bill_run_id)
    return await bill_due(world.run, bill_run_id=bill_run_id, buckets=(0, BUCKETS), limit=limit)


async def month_later(world: World) -> BillRunId:
    """Move the clock alone, so that renewals are due and nobody has billed them; name a run."""
    later = world.now + timedelta(days=32)

    async def outside(instant: datetime) -> None:
        await world.simulator.control("clock", {"now": instant.isoformat()})

    world.run = await move_clock(world.run, to=later, outside=outside)
    return BillRunId(world.run.new_id(Bucket(0)))


async def _live(me: Operator) -> dict[str, object]:
    seen = await me.send("GET", RUNS, headers=JSON)
    assert (seen.status, seen.headers["content-type"]) == (200, "application/json")
    found: dict[str, object] = json.loads(seen.text)
    return found


async def test_what_is_due_is_previewed_by_market(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.FINANCE)
    empty = await me.look(RUNS)
    for said in ("No run has billed anything yet", "All that is due is billed", "never paused"):
        assert said in empty.words, (said, empty.words)
    assert "Nothing falls due" in (await me.look(f"{RUNS}/preview")).words
    for _ in range(3):
        await world.buy(await world.shopper())
    until = (world.now + timedelta(days=32)).date()
    preview = await me.look(f"{RUNS}/preview?until={until}")
    for said in ("DE", "€35.97", "3"):
        assert said in preview.words, (said, preview.words)
    for day in ("2020-01-01", "soon", "2099-01-01"):
        wrong = await me.look(f"{RUNS}/preview?until={day}")
        assert (wrong.status, "no day from today on" in wrong.words) == (422, True), day


async def test_a_run_is_paused_and_resumed(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.FINANCE)
    # given a run that has billed one of three
    run = await month_later(world)
    assert (await bill(world, run, limit=1)).invoiced == 1
    before = await _live(me)
    assert before["values"] == {
        "due": "2", "invoiced": "1", "ended": "0", "parked": "0",
        "said": "Workers bill what is due.",
    }  # fmt: skip
    # when it is paused, the next batch finds nothing to do
    paused = await me.act(f"{RUNS}/pause", reason="<b>prices</b> are wrong")
    assert paused.headers["location"] == f"{RUNS}?done=billing_paused"
    assert (await bill(world, run)).total == 0
    assert (await _live(me))["state"] != before["state"]
    page = await me.look(RUNS)
    for said in ("Paused by Ida", "<b>prices</b> are wrong", "Nothing is billed until"):
        assert said in page.words, (said, page.words)
    assert "<b>prices" not in page.text
    assert "billing is paused already" in (await me.look(f"{RUNS}/pause")).words
    lead = await sign_in(world, site, Role.SUPPORT_LEAD, "Lea")
    assert "Owners, admins and finance resume it." in (await lead.look(RUNS)).words
    # then resuming says what it bills, and each is billed once
    resume = await me.look(f"{RUNS}/resume")
    assert resume.button == "Resume and bill €23.98"
    for _ in range(2):
        assert (await me.send("POST", f"{RUNS}/resume", form=resume.form)).status == 303
    assert (await bill(world, run)).invoiced == 2
    done = await me.look(f"{RUNS}/{encode(PREFIXES['bill_run'], run)}")
    for said in ("Invoiced", "DE", "€35.97"):
        assert said in done.words, (said, done.words)
    assert "Done." not in done.words  # nothing was done here
    acts = await world.rows(
        "SELECT act FROM audit_entry WHERE act LIKE 'billing%%' ORDER BY recorded_at"
    )
    assert acts == [("billing_paused",), ("billing_resumed",)]
    await world.advance(world.now + timedelta(hours=1))
    assert await audit(world.run) == []


async def test_a_resumption_that_would_bill_something_else_is_shown_again(
    site: Site, world: World
) -> None:
    me = await sign_in(world, site, Role.OWNER)
    await me.act(f"{RUNS}/pause", reason="a look at it")
    seen = await me.look(f"{RUNS}/resume")
    assert seen.button == "Resume billing"
    run = await month_later(world)
    late = await me.send("POST", f"{RUNS}/resume", form=seen.form)
    assert (late.status, "Nothing was done." in late.words) == (422, True)
    assert "Resume and bill" in late.button
    assert (await me.act(f"{RUNS}/resume")).status == 303
    assert (await bill(world, run)).invoiced == 3


async def test_what_was_set_aside_is_let_go_by_reason(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.FINANCE)
    assert "This cannot be done." in (await me.look(f"{RUNS}/release")).words
    bought = await world.buy(await world.shopper("GB"))
    await world.write(
        "UPDATE subscription SET parked = 'no_price' WHERE id = %s", bought.subscription_id
    )
    await world.write(
        "INSERT INTO bill_parked (bucket, subscription_id, reason, detail, parked_at)"
        " SELECT bucket, id, 'no_price', 'there was no price', now() FROM subscription"
        " WHERE parked IS NOT NULL"
    )
    run = await month_later(world)
    assert "there was no price" in (await me.look(RUNS)).words
    page = await me.look(f"{RUNS}/release?reason=no_price")
    assert page.button == "Release 1"
    assert (await me.send("POST", f"{RUNS}/release", form=page.form)).status == 303
    assert await world.value("SELECT count(*) FROM bill_parked") == 0
    assert (await bill(world, run)).invoiced >= 1
    assert len(await world.invoices(bought.subscription_id)) == 2
    await world.advance(world.now + timedelta(hours=1))
    assert await audit(world.run) == []
