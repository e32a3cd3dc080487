"""Links into the portal, made at the console: shown once, opened once, kept by nobody."""

import asyncio
import re
from typing import Final

from ledgerline.access.model import Role
from ledgerline.base.ids import PREFIXES, encode
from ledgerline.flows.erase_customer import erase_customer
from tests.console.operator import sign_in
from tests.flow_world import World
from tests.storefront.site import Site

_LINK: Final = re.compile(r'value="(http://[^"]+/portal/open/(plk_[0-9a-z]{26}-([a-z2-7]+)))"')


async def test_a_link_is_shown_once_and_opens_the_portal(site: Site, world: World) -> None:
    customer = f"/console/customers/{encode(PREFIXES['customer'], await world.customer('US'))}"
    me = await sign_in(world, site, Role.SUPPORT)
    page = await me.look(f"{customer}/portal-link?to=pay&minutes=15")
    assert page.button == "Make the link"
    for said in ("Paying what is open", "15 minutes"):
        assert said in page.words, said
    assert await world.rows("SELECT FROM portal_session") == []
    # when the form is sent twice at once and once again, one link is made, and shown by one answer
    path = f"{customer}/portal-link"
    sent = [me.send("POST", path, form=page.form) for _ in range(2)]
    tried = [*await asyncio.gather(*sent), await me.send("POST", path, form=page.form)]
    assert sorted(one.status for one in tried) == [200, 303, 303]
    [shown] = [one for one in tried if one.status == 200]
    found = _LINK.search(shown.text)
    assert found is not None, shown.text
    assert "It waits to be used for: 15 minutes." in shown.words
    assert {one.headers["location"] for one in tried if one.status == 303} == {
        f"{customer}?done=portal_link_made"
    }
    # then no other page shows it, and nothing that is kept holds its secret
    after = await me.look(f"{customer}?done=portal_link_made")
    assert "Portal link made by Ida" in after.words
    assert found[3] not in after.text
    [(kept,)] = await world.rows("SELECT p::text FROM portal_session AS p")
    [(entry,)] = await world.rows(
        "SELECT a::text FROM audit_entry AS a WHERE act = 'portal_link_made'"
    )
    keys = await world.rows("SELECT k::text FROM idempotency_key AS k")
    assert found[3] not in f"{kept}{entry}{keys}"
    opened = await me.send("GET", found[1].removeprefix(site.url))
    assert opened.status == 200


async def test_what_is_no_choice_and_who_was_erased_get_none(site: Site, world: World) -> None:
    customer_id = await world.customer("US")
    customer = f"/console/customers/{encode(PREFIXES['customer'], customer_id)}"
    me = await sign_in(world, site, Role.SUPPORT)
    for asked in ("to=nowhere", "minutes=99999", "minutes=x"):
        seen = await me.look(f"{customer}/portal-link?{asked}")
        assert "malformed: one of the choices" in seen.words, asked
    page = await me.look(f"{customer}/portal-link")
    await erase_customer(world.run, customer_id, actor="tests")
    late = await me.send("POST", f"{customer}/portal-link", form=page.form)
    assert (late.status, "customer_erased" in late.words) == (422, True)
    assert f"{customer}/portal-link" not in (await me.look(customer)).text
    assert "This cannot be done." in (await me.look(f"{customer}/portal-link")).words
