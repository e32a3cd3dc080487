"""Another plan, a pause and their ends at the console: shown to the cent, and done once."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from ledgerline.access.model import Role
from ledgerline.base.ids import PREFIXES, encode
from ledgerline.base.money import Currency, Money
from ledgerline.flows.set_amount_limit import set_amount_limit
from tests.console.operator import Operator, Seen, sign_in
from tests.flow_proof import prove
from tests.flow_values import Bought
from tests.flow_world import World
from tests.scenarios.flows.test_large_refunds import HERE
from tests.storefront.site import Site

_AUDITED: Final = "SELECT act, before, after FROM audit_entry WHERE object_id = %s ORDER BY id"
_DUO: Final = "plan=duo_monthly&quantity=1"


async def _sale(world: World, plan: str = "individual_monthly") -> tuple[Bought, str, str]:
    """Sell a plan yesterday; return it, where its acts are and where its customer is."""
    shopper = await world.shopper("US")
    bought = await world.buy(shopper, plan)
    await world.advance(world.now + timedelta(days=1))
    return (
        bought,
        f"/console/subscriptions/{encode(PREFIXES['subscription'], bought.subscription_id)}",
        f"/console/customers/{encode(PREFIXES['customer'], shopper.customer_id)}",
    )


async def _thrice(me: Operator, path: str, form: Mapping[str, str]) -> set[str]:
    """Send a form twice at once and once again; return where the browser is sent on to."""
    sent = await asyncio.gather(*(me.send("POST", path, form=form) for _ in range(2)))
    tried: list[Seen] = [*sent, await me.send("POST", path, form=form)]
    assert [one.status for one in tried] == [303] * 3, [one.words for one in tried]
    return {one.headers["location"] for one in tried}


async def _acts(world: World, bought: Bought) -> list[tuple[Any, ...]]:
    return await world.rows(_AUDITED, bought.subscription_id)


async def test_a_plan_is_paused_and_resumed(site: Site, world: World) -> None:
    bought, path, customer = await _sale(world)
    me = await sign_in(world, site, Role.SUPPORT)
    # when a pause is looked at, then nothing is done and the page says what comes of it
    page = await me.look(f"{path}/pause")
    assert page.button.startswith("Pause Individual, monthly, give $11.")
    assert "it ends on 1 Apr 2026" in page.words
    assert await world.state(bought.subscription_id) == "active"
    # when it is done, twice at once, then it is paused once
    assert await _thrice(me, f"{path}/pause", page.form) == {f"{customer}?done=paused"}
    assert await world.state(bought.subscription_id) == "paused"
    assert len(await world.rows("SELECT FROM credit_lot")) == 1
    shown = await me.look(customer)
    assert "Paused by Ida" in shown.words
    assert "Resume Individual, monthly" in shown.words
    assert f"{path}/pause" not in shown.text
    assert "This cannot be done." in (await me.look(f"{path}/pause")).words
    # when it is resumed, its credit pays first
    page = await me.look(f"{path}/resume")
    assert page.button == "Resume Individual, monthly", page.words
    for said in ("From credit", "Charged now", "Renewal on 31 Jan 2026"):
        assert said in page.words, said
    whole = await me.look(f"{path}/resume?anchor=restart")
    assert whole.button.startswith("Resume Individual, monthly, charge $0.")
    assert "visa •• 4242" in whole.words
    odd = await me.look(f"{path}/resume?anchor=tomorrow")
    assert "malformed: one of the choices" in odd.words
    assert await _thrice(me, f"{path}/resume", page.form) == {f"{customer}?done=resumed"}
    assert await world.state(bought.subscription_id) == "active"
    assert [one for one, *_ in await _acts(world, bought)] == ["paused", "resumed"]
    await prove(world.connection, world.simulator)


async def test_a_pause_that_changed_meanwhile_is_shown_again(site: Site, world: World) -> None:
    bought, path, _ = await _sale(world)
    me = await sign_in(world, site, Role.SUPPORT)
    page = await me.look(f"{path}/pause")
    await world.advance(world.now + timedelta(days=3))
    late = await me.send("POST", f"{path}/pause", form=page.form)
    assert (late.status, "Nothing was done." in late.words) == (422, True)
    assert await world.state(bought.subscription_id) == "active"
    assert late.button != page.button
    assert (await me.send("POST", f"{path}/pause", form=late.form)).status == 303
    assert await world.state(bought.subscription_id) == "paused"


async def test_another_plan_is_charged_as_it_was_shown(site: Site, world: World) -> None:
    bought, path, customer = await _sale(world)
    me = await sign_in(world, site, Role.SUPPORT)
    page = await me.look(f"{path}/change?{_DUO}&when=now")
    assert page.button.startswith("Change to Duo, monthly, charge $"), page.words
    for said in ("Unused", "Charged now", "visa •• 4242", "Renewal on", "nothing changes"):
        assert said in page.words, said
    invoices = len(await world.invoices(bought.subscription_id))
    assert await _thrice(me, f"{path}/change", page.form) == {f"{customer}?done=change_begun"}
    assert len(await world.invoices(bought.subscription_id)) == invoices + 1
    [(act, before, after)] = await _acts(world, bought)
    assert (act, before["plan"], after["plan"]) == (
        "change_begun", "individual_monthly", "duo_monthly",
    )  # fmt: skip
    shown = await me.look(f"{customer}?done=change_begun")
    for said in ("Change Duo, monthly", "Change begun by Ida", "What its bank said"):
        assert said in shown.words, said
    await prove(world.connection, world.simulator)


async def test_a_change_that_is_refused_changes_nothing(site: Site, world: World) -> None:
    shopper = await world.shopper("US")
    bought = await world.buy(shopper)
    await world.steal_card(shopper)
    me = await sign_in(world, site, Role.SUPPORT)
    path = f"/console/subscriptions/{encode(PREFIXES['subscription'], bought.subscription_id)}"
    done = await me.act(f"{path}/change?{_DUO}&when=now")
    assert done.headers["location"].endswith("?done=change_begun")
    shown = await me.look(done.headers["location"])
    assert "Declined at" in shown.words
    assert "Change Individual, monthly" in shown.words


async def test_a_planned_change_is_taken_back(site: Site, world: World) -> None:
    bought, path, customer = await _sale(world, "duo_monthly")
    me = await sign_in(world, site, Role.SUPPORT_LEAD)
    asked = f"{path}/change?plan=individual_monthly&quantity=1&when=period_end"
    page = await me.look(asked)
    assert page.button == "Plan Individual, monthly"
    assert await _thrice(me, f"{path}/change", page.form) == {f"{customer}?done=change_scheduled"}
    shown = await me.look(customer)
    assert "Change individual monthly" in shown.words  # as it stands among what is planned
    assert f"{path}/undo" in shown.text
    assert "This cannot be done." in (await me.look(f"{path}/pause")).words
    page = await me.look(f"{path}/undo")
    assert page.button == "Take it back"
    assert "Change scheduled" in page.words
    assert await _thrice(me, f"{path}/undo", page.form) == {f"{customer}?done=undone"}
    assert f"{path}/undo" not in (await me.look(customer)).text
    assert "nothing is planned" in (await me.look(f"{path}/undo")).words
    assert "malformed" not in (await me.look(f"{path}/undo")).words
    assert [one for one, *_ in await _acts(world, bought)] == ["change_scheduled", "undone"]


async def test_a_change_that_costs_something_else_by_now_is_shown_again(
    site: Site, world: World
) -> None:
    bought, path, _ = await _sale(world)
    me = await sign_in(world, site, Role.SUPPORT)
    mine = await me.look(f"{path}/change?{_DUO}&when=now")
    await world.advance(world.now + timedelta(days=2))
    late = await me.send("POST", f"{path}/change", form=mine.form)
    assert (late.status, "Nothing was done." in late.words) == (422, True)
    assert late.button != mine.button
    assert len(await world.invoices(bought.subscription_id)) == 1
    assert await _acts(world, bought) == []


async def test_what_is_no_choice_is_refused_with_a_sentence(site: Site, world: World) -> None:
    _, path, _ = await _sale(world)
    me = await sign_in(world, site, Role.SUPPORT)
    for asked, said in (
        ("plan=nothing&quantity=1&when=now", "one of the choices"),
        ("plan=duo_monthly&quantity=1&when=x", "one of the choices"),
        ("plan=duo_monthly&quantity=0&when=now", "a quantity from 1 to"),
        ("plan=duo_monthly&quantity=-1&when=now", "a quantity from 1 to"),
        ("plan=duo_monthly&quantity=10000&when=now", "a quantity from 1 to"),
        ("plan=duo_monthly&quantity=٣&when=now", "a quantity from 1 to"),
        ("plan=individual_monthly&quantity=1&when=now", "nothing_to_change"),
    ):
        seen = await me.look(f"{path}/change?{asked}")
        assert (seen.status, "This cannot be done." in seen.words) == (200, True), asked
        assert said in seen.words, (asked, seen.words)
    assert (await me.look(f"{path}/change")).button.startswith("Change to")
    assert (await me.look("/console/subscriptions/sub_x/change")).status == 404


async def test_more_than_a_role_may_give_back_is_given_by_nobody_of_it(
    site: Site, world: World
) -> None:
    bought, path, _ = await _sale(world)
    limits = Money(1, Currency("USD")), Money(5_000, Currency("USD"))
    me = await sign_in(world, site, Role.SUPPORT)
    page = await me.look(f"{path}/pause")
    try:
        await set_amount_limit(world.run, Role.SUPPORT, limits[0], **HERE)
        refused = await me.send("POST", f"{path}/pause", form=page.form)
        assert (refused.status, "ask somebody whose role" in refused.words) == (422, True)
    finally:
        await set_amount_limit(world.run, Role.SUPPORT, limits[1], **HERE)
    assert await world.state(bought.subscription_id) == "active"
