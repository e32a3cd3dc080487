"""The way in and out of the console: links that open once, cookies, sessions that end."""

import re
from typing import Final, LiteralString

import pytest

from ledgerline.access.model import Role
from tests.console.operator import Operator, link_for, sign_in
from tests.flow_world import World
from tests.storefront.site import Site


async def test_a_link_is_used_by_its_button_alone_and_once(site: Site, world: World) -> None:
    link = await link_for(world, Role.OWNER)
    door = Operator(site)
    looks = [await door.look(link), await door.send("HEAD", link), await door.look(link)]
    assert [one.status for one in looks] == [200, 200, 200]
    assert "set-cookie" not in looks[0].headers
    hidden = re.findall(r'name="form" value="([^"]+)"', looks[0].text)[0]
    forged = await door.send("POST", link, form={"form": hidden[:-1] + "a"})
    foreign = await door.send(
        "POST", link, form={"form": hidden}, headers={"Origin": "https://evil.example"}
    )
    assert [forged.status, foreign.status] == [400, 400]
    entered = await door.send("POST", link, form={"form": hidden})
    assert entered.status == 303
    again = await door.send("POST", link, form={"form": hidden})
    assert again.status == 410
    assert "This link opens nothing" in again.words
    assert "set-cookie" not in again.headers


async def test_a_cookie_is_for_us_alone(site: Site, world: World) -> None:
    link = await link_for(world, Role.OWNER)
    door = Operator(site)
    page = await door.look(link)
    hidden = re.findall(r'name="form" value="([^"]+)"', page.text)[0]
    tls = {"X-Forwarded-Proto": "https", "Host": "console.shop.example"}
    plainly = await door.send("GET", link, headers={"Host": "console.shop.example"})
    assert plainly.status == 404  # without TLS nobody is signed in from elsewhere
    entered = await door.send("POST", link, form={"form": hidden}, headers=tls)
    cookie = entered.headers["set-cookie"]
    assert cookie.startswith("__Host-ledgerline=")
    for said in ("Path=/", "HttpOnly", "SameSite=Lax", "Secure"):
        assert said in cookie
    assert "Domain" not in cookie


async def test_nobody_sees_anything_without_a_session(site: Site) -> None:
    for cookie in ("", "ledgerline=", "ledgerline=made-up", "other=1"):
        for path in ("/console", "/console/customers", "/console/nothing", "/console/sessions"):
            seen = await Operator(site, cookie).look(path)
            assert (seen.status, seen.headers["location"]) == (303, "/console/sign-in"), path
    door = await Operator(site).look("/console/sign-in")
    assert "You are not signed in" in door.words


async def test_who_signs_out_is_out(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.SUPPORT)
    page = await me.look("/console")
    token = re.findall(r'action="/console/sign-out"><input type="hidden" name="form" value="(\w+)"',
                       page.text)[0]  # fmt: skip
    assert (await me.send("POST", "/console/sign-out", form={"form": "x"})).status == 400
    assert (await me.look("/console")).status == 200
    left = await me.send("POST", "/console/sign-out", form={"form": token})
    assert (left.status, "Max-Age=0" in left.headers["set-cookie"]) == (303, True)
    assert (await me.look("/console")).status == 303


async def test_a_session_is_ended_by_its_owner_and_by_who_manages_people(
    site: Site, world: World
) -> None:
    owner = await sign_in(world, site, Role.OWNER)
    nils = await sign_in(world, site, Role.SUPPORT, "Nils")
    mara = await sign_in(world, site, Role.SUPPORT, "Mara")
    page = await nils.look("/console/sessions")
    assert "Mara" not in page.words
    form = _session_form(page.text, "Nils")
    theirs = _session_form((await owner.look("/console/sessions")).text, "Mara")
    # another's session is not for everybody, and a form is only of its own session
    crossed = {**form, "session": theirs["session"]}
    assert (await nils.send("POST", "/console/sessions", form=crossed)).status == 404
    assert (await mara.send("POST", "/console/sessions", form=form)).status == 400
    assert (await nils.send("POST", "/console/sessions", form=form)).status == 303
    assert (await nils.look("/console")).status == 303
    assert (await owner.send("POST", "/console/sessions", form=theirs)).status == 303
    assert (await mara.look("/console")).status == 303


_IDLE: Final = (
    "UPDATE person_session SET started_at = started_at - interval '31 minutes',"
    " seen_at = seen_at - interval '31 minutes', expires_at = expires_at - interval '31 minutes'"
)
_OVER: Final = (
    "UPDATE person_session SET started_at = started_at - interval '12 hours',"
    " expires_at = expires_at - interval '12 hours'"
)


@pytest.mark.parametrize("passes", [_IDLE, _OVER], ids=["idle", "over"])
async def test_a_session_ends_by_itself(site: Site, world: World, passes: LiteralString) -> None:
    me = await sign_in(world, site, Role.FINANCE)
    assert (await me.look("/console")).status == 200
    await world.connection.execute(passes)
    assert (await me.look("/console")).status == 303


def _session_form(text: str, name: str) -> dict[str, str]:
    row = next(one for one in text.split("<tr>") if f'<th scope="row">{name}' in one)
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', row))


async def test_a_session_that_is_used_goes_on(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.DEVELOPER)
    await world.connection.execute(_IDLE.replace("31 minutes", "20 minutes"))
    assert (await me.look("/console")).status == 200
    await world.connection.execute(_IDLE.replace("31 minutes", "20 minutes"))
    assert (await me.look("/console")).status == 200  # it was seen in between


async def test_all_sessions_of_somebody_end_at_once(site: Site, world: World) -> None:
    owner = await sign_in(world, site, Role.OWNER)
    both = [await sign_in(world, site, Role.FINANCE, "Eva") for _ in range(2)]
    form = _session_form((await owner.look("/console/sessions")).text, "Eva")
    ended = await owner.send("POST", "/console/sessions", form={**form, "all": "yes"})
    assert ended.status == 303
    assert [(await one.look("/console")).status for one in both] == [303, 303]
    assert (await owner.look("/console")).status == 200
