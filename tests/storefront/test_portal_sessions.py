"""Into the portal and out of it: links that work once, cookies, and forms of others."""

import asyncio
from typing import Any, Final

import pytest

from ledgerline.base.ids import PREFIXES, decode, encode
from ledgerline.cli.demo_portal import open_portal_of
from ledgerline.storefront.portal.routes import ROUTES
from tests.flow_world import World
from tests.storefront.site import Site
from tests.storefront.visitor import Visitor

NOBODY: Final = {
    "invoice": "inv_01h455vb4pex5vsknk084sn02q",
    "subscription": "sub_01h455vb4pex5vsknk084sn02q",
    "payment_method": "pm_01h455vb4pex5vsknk084sn02q",
    "paper": "rcp_01h455vb4pex5vsknk084sn02q",
    "plan": "duo_monthly",
    "year": "2026",
    "drawn": "abcdefghijklmnop",
}


async def _customer(world: World) -> tuple[str, Any]:
    shopper = await world.shopper("US")
    bought = await world.buy(shopper)
    return encode(PREFIXES["customer"], shopper.customer_id), bought


async def test_a_look_uses_no_link_up_and_a_click_does(site: Site, world: World) -> None:
    customer, _ = await _customer(world)
    link = await site.portal(customer)
    scanner, visitor = Visitor(site), Visitor(site)
    for _ in range(2):
        assert (await scanner.look(link)).status == 200
    assert scanner.cookies == {}
    await visitor.look(link)
    home = await visitor.post(link)
    assert (home.status, "Individual" in home.text) == (200, True)
    # used twice, by whoever has the page open or opens it again
    for again in (await scanner.post(link), await scanner.look(link)):
        assert again.status == 410
        assert "This link was used already" in again.text
        assert "Ask for a new one." in again.text
        assert "mailto:hello@nordic-tunes.example" in again.text
    assert scanner.cookies == {}
    assert (await visitor.look("/portal")).status == 200


async def test_a_used_link_leads_on_whoever_is_in(site: Site, world: World) -> None:
    customer = encode(PREFIXES["customer"], (await world.shopper("US")).customer_id)
    visitor = Visitor(site)
    link = await site.portal(customer, leads_to="update_method")
    await visitor.look(link)
    assert (await visitor.post(link)).status == 200
    again = await visitor.send("GET", link)
    assert (again.status, again.headers["location"]) == (303, "/portal/cards/new")
    # a stranger who has their own session sees nothing of it
    other = Visitor(site)
    await other.enter(encode(PREFIXES["customer"], (await world.shopper("US")).customer_id))
    assert (await other.send("GET", link)).status == 410


async def test_two_clicks_at_once_open_one_session(site: Site, world: World) -> None:
    customer, _ = await _customer(world)
    link = await site.portal(customer)
    one, other = Visitor(site), Visitor(site)
    await one.look(link)
    await other.look(link)
    ended = await asyncio.gather(one.post(link), other.post(link))
    assert sorted(each.status for each in ended) == [200, 410]
    assert len({*one.cookies, *other.cookies}) == 1


async def test_a_link_says_where_it_leads(site: Site, world: World) -> None:
    customer, bought = await _customer(world)
    expected = {
        "cancel": "Cancel Individual, monthly", "change": "Change plan",
        "update_method": "Enter your card", "pay": "Your account", "home": "Your account",
    }  # fmt: skip
    for leads_to, said in expected.items():
        page = await Visitor(site).enter(customer, leads_to=leads_to)
        assert said in page.text, leads_to
    assert bought.subscription_id is not None


async def test_what_is_no_link_opens_nothing(site: Site, world: World) -> None:
    customer, _ = await _customer(world)
    link = await site.portal(customer)
    guessed = link[:-1] + ("a" if link[-1] != "a" else "b")
    visitor = Visitor(site)
    assert (await visitor.look(guessed)).status == 404
    assert (await visitor.send("PUT", link)).status == 404
    await visitor.look(link)
    form = visitor.form(link)
    for seal in ("", "a" * 32):
        assert (await visitor.send("POST", link, {"form": seal})).status == 403
    evil = {"Origin": "https://evil.example"}
    assert (await visitor.send("POST", link, form, evil)).status == 403
    await world.write(
        "UPDATE portal_session SET created_at = created_at - interval '1 day',"
        " link_expires_at = link_expires_at - interval '1 day'"
        " WHERE opened_at IS NULL AND customer_id = %s",
        decode(PREFIXES["customer"], customer),
    )
    late = await visitor.send("POST", link, form)
    assert (late.status, "This link is too old" in late.text) == (410, True)
    assert visitor.cookies == {}


async def test_the_cookie_is_kept_from_scripts_and_other_sites(site: Site, world: World) -> None:
    customer, _ = await _customer(world)
    for headers, name, secure in (
        ({}, "portal", False),
        ({"X-Forwarded-Proto": "https"}, "__Host-portal", True),
    ):
        link = await site.portal(customer)
        visitor = Visitor(site)
        await visitor.look(link)
        opened = await visitor.send("POST", link, visitor.form(link), headers)
        said = opened.headers["set-cookie"]
        assert said.startswith(f"{name}=plk_")
        assert {"Path=/", "HttpOnly", "SameSite=Lax"} <= set(said.split("; "))
        assert ("Secure" in said.split("; ")) is secure
        # of either secret a hash is kept, and nothing else
        secrets = [visitor.cookies[name].partition("-")[2], link.partition("-")[2]]
        kept = await world.rows("SELECT row_to_json(s)::text FROM portal_session AS s")
        assert not any(secret in row for secret in secrets for (row,) in kept)


@pytest.mark.parametrize(
    "moved",
    [
        "opened_at = opened_at - interval '1 hour', seen_at = seen_at - interval '31 minutes'",
        "opened_at = opened_at - interval '13 hours'",
    ],
)
async def test_a_session_ends_by_itself(site: Site, world: World, moved: str) -> None:
    customer, _ = await _customer(world)
    visitor = Visitor(site)
    await visitor.enter(customer)
    await world.write(
        f"UPDATE portal_session SET {moved} WHERE customer_id = %s",
        decode(PREFIXES["customer"], customer),
    )
    over = await visitor.look("/portal")
    assert (over.status, "You are signed out" in over.text) == (401, True)


async def test_who_signs_out_is_out(site: Site, world: World) -> None:
    customer, _ = await _customer(world)
    visitor = Visitor(site)
    await visitor.enter(customer)
    kept = dict(visitor.cookies)
    left = await visitor.post("/portal/leave")
    assert "You are signed out" in left.text
    visitor.cookies = kept  # a copy of the cookie opens nothing either
    assert (await visitor.look("/portal")).status == 401


async def test_the_address_of_a_form_leads_to_its_page(site: Site, world: World) -> None:
    shopper = await world.shopper("US")
    bought = await world.buy(shopper, "individual_monthly")
    visitor = Visitor(site)
    await visitor.enter(encode(PREFIXES["customer"], shopper.customer_id))
    id = encode(PREFIXES["subscription"], bought.subscription_id)
    for form in (f"/portal/undo/{id}", "/portal/account/erase"):
        there = await visitor.send("GET", f"{form}?lang=fr")
        assert (there.status, there.headers["location"]) == (303, "/portal?lang=fr"), form
    out = await visitor.post("/portal/leave")
    assert "You are signed out" in out.text
    assert (await visitor.look("/portal/leave?lang=fr")).status == 401


async def test_without_a_session_there_is_no_page(site: Site) -> None:
    for method, path, _ in ROUTES:
        seen = await Visitor(site).send(method, "/portal" + path.format(**NOBODY))
        assert seen.status == 401, path
        assert "content-security-policy" in seen.headers
    odd = Visitor(site, {"portal": "plk_01h455vb4pex5vsknk084sn02q-aaaa"})
    assert (await odd.send("GET", "/portal")).status == 401


async def test_what_belongs_to_nobody_or_to_another_is_not_there(site: Site, world: World) -> None:
    mine, _ = await _customer(world)
    _, theirs = await _customer(world)
    foreign = {
        **NOBODY,
        "invoice": encode(PREFIXES["invoice"], theirs.invoice_id),
        "subscription": encode(PREFIXES["subscription"], theirs.subscription_id),
        "payment_method": encode(
            PREFIXES["payment_method"],
            await world.value(
                "SELECT payment_method_id FROM subscription WHERE id = %s", theirs.subscription_id
            ),
        ),
        "paper": encode(PREFIXES["invoice"], theirs.invoice_id),
    }
    visitor = Visitor(site)
    await visitor.enter(mine)
    for named in (NOBODY, foreign):
        for method, path, _ in ROUTES:
            if method == "GET" and "{" in path and "{year}" not in path:
                seen = await visitor.send(method, "/portal" + path.format(**named))
                assert seen.status == 404, path
    assert (await visitor.send("GET", "/portal/nothing")).status == 404
    assert (await visitor.send("GET", "/portalx")).status == 404


async def test_every_form_needs_its_token(site: Site, world: World) -> None:
    customer, bought = await _customer(world)
    subscription = encode(PREFIXES["subscription"], bought.subscription_id)
    visitor, other = Visitor(site), Visitor(site)
    await visitor.enter(customer)
    await other.enter(customer)
    await visitor.look("/portal/cards/new")
    await visitor.post("/portal/cards/new", changed=await visitor.card())
    pages = [
        "/portal", "/portal/cards", "/portal/cards/new", f"/portal/plan/{subscription}/duo_monthly",
        f"/portal/cancel/{subscription}", f"/portal/withdraw/{subscription}", "/portal/address",
    ]  # fmt: skip
    seen: set[str] = set()
    for page in pages:
        await visitor.look(page)
        await other.look(page)
        for action in visitor.actions():
            form, foreign = visitor.form(action), other.form(action)
            seen.add(action.rpartition("/")[0] or action)
            changed = {**form, "drawn": foreign["drawn"]}
            for wrong in (
                {**form, "form": ""},
                {**form, "form": foreign["form"]},
                foreign,
                changed,
            ):
                assert (await visitor.send("POST", action, wrong)).status == 403, action
            for header in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
                assert (await visitor.send("POST", action, form, header)).status == 403, action
    assert len(seen) >= 6, seen
    # and nothing has happened
    assert await world.state(bought.subscription_id) == "active"
    assert (await visitor.look("/portal")).status == 200


async def test_a_link_is_made_for_who_is_there(site: Site, world: World) -> None:
    customer, _ = await _customer(world)
    path = f"/v1/customers/{customer}/portal_links"
    made = await site.api.post(path, {"leads_to": "pay", "minutes": 60})
    assert (made.status, made.body["leads_to"], made.body["customer"]) == (201, "pay", customer)
    for wrong in ({"minutes": 0}, {"minutes": 10_081}, {"leads_to": "console"}, {"odd": 1}):
        assert (await site.api.post(path, wrong)).status == 422, wrong
    nobody = "/v1/customers/cus_01h455vb4pex5vsknk084sn02q/portal_links"
    assert (await site.api.post(nobody, {})).refusal == (404, "customer_not_found")


async def test_the_demo_shows_the_portal_of_somebody(site: Site, world: World) -> None:
    await _customer(world)
    link = await open_portal_of(world.run)
    assert link is not None
    visitor = Visitor(site)
    await visitor.look(link)
    assert "Next payment" in (await visitor.post(link)).text
