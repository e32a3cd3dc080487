"""Bulk jobs at the console: chosen, looked at, started, paused, and nothing done twice."""

from datetime import timedelta
from typing import Any, Final

import pytest
import pytest_asyncio

from ledgerline.access.model import Role
from ledgerline.base.ids import PREFIXES, decode, encode
from ledgerline.datasets.audit import audit
from ledgerline.flows.work_bulk import work_bulk
from tests.console.operator import Operator, Seen, hidden_in, sign_in
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.storefront.site import Site

HERE: Final = "/console/bulk"
BROKE: Final = "tok_decline_insufficient_funds"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def owing(world: World) -> list[tuple[Shopper, Bought]]:
    """Let renewals be refused for want of money, which is there by now."""
    shoppers = [await world.shopper("US", BROKE) for _ in range(6)]
    bought = [await world.buy(one, trial=True) for one in shoppers]
    await world.advance(world.now + timedelta(days=33))
    for one in shoppers:
        await world.steal_card(one, f"tok_ok_{next(world.numbers)}")
    return list(zip(shoppers, bought, strict=True))


async def _invoice(world: World, bought: Bought) -> str:
    id = await world.value(
        "SELECT invoice_id FROM payment WHERE subscription_id = %s AND state = 'processing'",
        bought.subscription_id,
    )
    return encode(PREFIXES["invoice"], id)


async def _prove(world: World) -> None:
    """Hold every invariant but that of tokens, which cards that change behind our backs break."""
    broken = {one.invariant.id for one in await audit(world.run)}
    assert broken <= {"I-53"}


async def _choose(me: Operator, *ids: str, kind: str = "charge_invoices", **more: str) -> Seen:
    sealed = hidden_in((await me.look(HERE)).text, HERE)
    form = {**sealed, "kind": kind, "ids": "\n".join(ids), **more}
    return await me.send("POST", HERE, form=form)


async def _job(me: Operator, *ids: str, kind: str = "charge_invoices") -> str:
    seen = await _choose(me, *ids, kind=kind)
    assert seen.status == 303, seen.words
    return seen.headers["location"]


async def _work(world: World) -> int:
    return await work_bulk(world.run, world.psps)


async def _owed(world: World, bought: Bought) -> tuple[Any, ...]:
    """Read what became of what was owed: the state of its invoice, and tries by people."""
    [row] = await world.rows(
        "SELECT i.state, (SELECT count(*) FROM audit_entry AS a WHERE a.object_id = i.id"
        " AND a.act = 'charged'), (SELECT count(*) FROM attempt AS t WHERE t.payment_id = p.id"
        " AND t.state = 'succeeded')"
        "  FROM invoice AS i JOIN payment AS p ON p.invoice_id = i.id"
        " WHERE i.subscription_id = %s AND i.total_minor > 0",
        bought.subscription_id,
    )
    return tuple(row)


async def test_a_job_is_looked_at_started_and_ends_with_what_was_not_done(
    site: Site, world: World, owing: list[tuple[Shopper, Bought]]
) -> None:
    me = await sign_in(world, site, Role.FINANCE)
    (_, first), (_, second) = owing[:2]
    paid = await world.buy(await world.shopper("US"))
    nothing = encode(PREFIXES["invoice"], world.run.new_id(paid.bucket))
    of_paid = encode(PREFIXES["invoice"], paid.invoice_id)
    ids = [await _invoice(world, first), await _invoice(world, second), of_paid, nothing]
    path = await _job(me, *ids, ids[0])
    page = await me.look(path)
    for said in ("To do 2", "Left out before 2", "its payment is succeeded", "nothing is collected",
                 "$"):  # fmt: skip
        assert said in page.words, said
    assert await _work(world) == 0  # nothing is done before it is started
    start = await me.look(f"{path}/start")
    assert start.button.startswith("Charge 2, $")
    assert start.button.endswith(" in all")
    form = start.form
    twice = [await me.send("POST", f"{path}/start", form=form) for _ in range(2)]
    assert [one.headers["location"] for one in twice] == [f"{path}?done=bulk_started"] * 2
    assert await _work(world) == 2
    assert await _work(world) == 0
    assert [await _owed(world, one) for one in (first, second)] == [("paid", 1, 1)] * 2
    ended = await me.look(path)
    assert "ended" in ended.words
    assert "Done 2 Refused 0" in ended.words
    for act in ("start", "pause", "resume", "cancel"):
        assert "bulk_job_over" in (await me.look(f"{path}/{act}")).words
    await _prove(world)


async def test_what_was_done_before_a_crash_is_not_done_again(
    site: Site, world: World, owing: list[tuple[Shopper, Bought]]
) -> None:
    me = await sign_in(world, site, Role.FINANCE)
    (_, third), (_, fourth) = owing[2:4]
    path = await _job(me, await _invoice(world, third), await _invoice(world, fourth))
    await me.act(f"{path}/start")

    assert await _work(world) == 2
    assert await _owed(world, third) == ("paid", 1, 1)
    # then the process had ended after the act, before it kept that: it runs and knows nothing
    for lost in (
        "UPDATE bulk_row SET outcome = NULL, ended_at = NULL WHERE job_id = %s",
        "UPDATE bulk_job SET ended_at = NULL WHERE id = %s",
    ):
        await world.write(lost, decode(PREFIXES["bulk_job"], path.rpartition("/")[2]))
    # paused it waits; then it goes on, and does nothing twice
    assert (await me.act(f"{path}/pause")).status == 303
    assert await _work(world) == 0
    assert "paused" in (await me.look(path)).words
    assert (await me.act(f"{path}/resume")).status == 303
    assert await _work(world) == 2
    assert [await _owed(world, one) for one in (third, fourth)] == [("paid", 1, 1)] * 2
    await _prove(world)


@pytest.mark.usefixtures("owing")
async def test_a_large_job_is_started_by_somebody_else(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.FINANCE)
    other = await sign_in(world, site, Role.SUPPORT_LEAD, "Nils")
    path = (await _choose(me, all="yes")).headers["location"]
    await world.write("UPDATE bulk_job SET is_large = true WHERE started_at IS NULL")
    page = await me.look(path)
    assert "It takes two people." in page.words
    assert f"{path}/start" not in page.text
    assert "second_person_needed" in (await me.look(f"{path}/start")).words
    assert f"{path}/start" in (await other.look(path)).text
    # what somebody looked at is charged, and no other amount
    await world.write(
        "UPDATE bulk_row SET amount_minor = amount_minor + 1 WHERE no = 1 AND outcome IS NULL"
    )
    assert (await other.act(f"{path}/start")).status == 303
    await _work(world)
    assert "another amount than was chosen" in (await other.look(path)).words
    await _prove(world)


async def test_plans_are_canceled_by_those_who_cancel_one(site: Site, world: World) -> None:
    bought = [await world.buy(await world.shopper("US")) for _ in range(3)]
    ids = [encode(PREFIXES["subscription"], one.subscription_id) for one in bought]
    finance = await sign_in(world, site, Role.FINANCE)
    assert (await _choose(finance, *ids, kind="cancel_subscriptions")).status == 422
    lead = await sign_in(world, site, Role.SUPPORT_LEAD, "Nils")
    path = await _job(lead, *ids, kind="cancel_subscriptions")
    assert (await lead.look(f"{path}/start")).button == "Cancel 3"
    assert "own role" not in (await finance.look(path)).words
    assert f"{path}/start" not in (await finance.look(path)).text
    assert (await lead.act(f"{path}/start")).status == 303
    # whoever started it leaves: nothing is done in their name any more
    await world.write(
        "UPDATE person SET disabled_at = now() WHERE email LIKE 'nils.support_lead%%'"
    )
    await _work(world)
    await world.write("UPDATE person SET disabled_at = NULL WHERE email LIKE 'nils.support_lead%%'")
    assert "works here no more" in (await lead.look(path)).words
    # whoever works as something else by now may not either
    other = await _job(lead, *ids, kind="cancel_subscriptions")
    await lead.act(f"{other}/start")
    for role in ("support", "support_lead"):
        await world.write(
            f"UPDATE person SET role = '{role}' WHERE email LIKE 'nils.support_lead%%'"
        )
        await _work(world)
    assert "may not do it now" in (await lead.look(other)).words
    again = await _job(lead, *ids, kind="cancel_subscriptions")
    await lead.act(f"{again}/start")
    assert await _work(world) == 3
    ends = [
        await world.value("SELECT ends_on FROM subscription WHERE id = %s", one.subscription_id)
        for one in bought
    ]
    assert None not in ends
    nothing = await _choose(lead, *ids, kind="cancel_subscriptions")
    assert (nothing.status, "nothing of this" in nothing.words) == (422, True)


async def test_what_the_database_refuses_stops_no_job(site: Site, world: World) -> None:
    bought = [await world.buy(await world.shopper("US")) for _ in range(2)]
    ids = [encode(PREFIXES["subscription"], one.subscription_id) for one in bought]
    me = await sign_in(world, site, Role.OWNER)
    path = await _job(me, *ids, kind="cancel_subscriptions")
    await me.act(f"{path}/start")
    refused = bought[0].subscription_id
    await world.write(
        f"ALTER TABLE subscription ADD CONSTRAINT subscription_poison"
        f" CHECK (id <> '{refused}' OR ends_on IS NULL) NOT VALID"
    )
    try:
        assert await _work(world) == 2
    finally:
        await world.write("ALTER TABLE subscription DROP CONSTRAINT subscription_poison")
    page = await me.look(path)
    assert "Done 1 Refused 1" in page.words
    assert "subscription_poison" in page.words
    await _prove(world)


async def test_what_is_no_choice_is_refused(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.OWNER)
    for wrong, said in (
        (["sub_1"], "is no invoice"), ([], "nothing of this"), (["inv_1"] * 501, "at most 500"),
        (["<script>alert(1)</script>"], "is no invoice"),
    ):  # fmt: skip
        seen = await _choose(me, *wrong)
        assert (seen.status, said in seen.words) == (422, True), seen.words
        assert "<script>alert" not in seen.text
    assert "choose what is to be done" in (await _choose(me, kind="erase")).words
    canceled = await _job(
        me, encode(PREFIXES["subscription"],
                   (await world.buy(await world.shopper("US"))).subscription_id),
        kind="cancel_subscriptions",
    )  # fmt: skip
    assert (await me.act(f"{canceled}/cancel")).status == 303
    assert "canceled" in (await me.look(canceled)).words
