"""People at the console: invited, changed, put out, and what nobody does for themself."""

import re
from html import unescape

from ledgerline.access.model import Role
from ledgerline.base.ids import PREFIXES, encode
from tests.console.operator import Operator, Seen, hidden_in, sign_in
from tests.flow_world import World
from tests.storefront.site import Site

SAID = "correct horse battery staple"


async def _path(world: World, email: str) -> str:
    id = await world.value("SELECT id FROM person WHERE email = %s", email)
    return f"/console/people/{encode(PREFIXES['person'], id)}"


def _link(page: Seen) -> str:
    found = re.search(r'id="link" value="[^"]*(/console/sign-in/[a-z2-7]+)"', page.text)
    assert found is not None, page.words
    return found[1]


async def _let_in(site: Site, link: str) -> Operator:
    door = Operator(site)
    entered = await door.send("POST", link, form=hidden_in((await door.look(link)).text, link))
    assert entered.status == 303, entered.words
    return Operator(site, entered.headers["set-cookie"].partition(";")[0])


async def test_somebody_is_invited_comes_in_is_changed_and_put_out(
    site: Site, world: World
) -> None:
    owner = await sign_in(world, site, Role.OWNER)
    who = {"email": "Vera@shop.example", "name": "Vera <b>Volt</b>"}
    page = await owner.look("/console/people/new?role=finance")
    assert page.button == "Let them in as finance"
    form = {**page.form, **who}
    both = [await owner.send("POST", "/console/people/new", form=form) for _ in range(2)]
    assert [one.headers["location"] for one in both] == ["/console/people?done=person_added"] * 2
    taken = await owner.act("/console/people/new", **who)
    assert (taken.status, "email_taken" in taken.words) == (422, True)
    path = await _path(world, "vera@shop.example")
    listed = await owner.look("/console/people")
    assert "Vera <b>Volt</b>" in unescape(listed.text)
    assert "<b>Volt" not in listed.text
    # a link is shown once
    sealed = hidden_in((await owner.look(path)).text, f"{path}/link")
    shown = await owner.send("POST", f"{path}/link", form=sealed)
    again = await owner.send("POST", f"{path}/link", form=sealed)
    assert (shown.status, again.status) == (200, 422)
    assert "sign-in/" not in again.text
    vera = await _let_in(site, _link(shown))
    assert (await vera.look("/console/people")).status == 403
    # another role holds from the next click on
    changed = await owner.act(f"{path}/role?role=auditor")
    assert changed.headers["location"] == f"{path}?done=role_changed"
    assert (await vera.look("/console/people")).status == 200
    # and whoever is disabled is out at the next one
    leaving = await owner.look(f"{path}/disable")
    assert "Signed in 1" in leaving.words
    assert "<b>Volt" not in leaving.text
    out = await owner.act(f"{path}/disable")
    assert out.headers["location"] == f"{path}?done=person_disabled"
    assert (await vera.look("/console")).headers["location"] == "/console/sign-in"
    assert await _acts(world, "vera@shop.example") == [
        "person_added", "link_made", "role_changed", "person_disabled",
    ]  # fmt: skip


async def _acts(world: World, email: str) -> list[str]:
    """Read what people did about somebody."""
    acts = await world.rows(
        "SELECT a.act FROM audit_entry AS a JOIN person AS p ON p.id = a.object_id"
        " WHERE p.email = %s AND a.actor LIKE 'per!_%%' ESCAPE '!' ORDER BY a.id",
        email,
    )
    return [one for (one,) in acts]


async def test_nobody_raises_themself_nor_makes_owners_unless_they_are_one(
    site: Site, world: World
) -> None:
    await sign_in(world, site, Role.OWNER)
    admin = await sign_in(world, site, Role.ADMIN)
    await sign_in(world, site, Role.SUPPORT, "Wim")
    ones, owners, wims = [
        await _path(world, f"{name}@shop.example")
        for name in ("ida.admin", "ida.owner", "wim.support")
    ]
    for path, refusal in (
        (f"{ones}/role?role=owner", "own_role"),
        (f"{ones}/role?role=support", "own_role"),
        (f"{ones}/disable", "own_role"),
        (f"{owners}/disable", "owners_only"),
        (f"{owners}/role?role=support", "owners_only"),
        (f"{wims}/role?role=owner", "owners_only"),
        (f"{wims}/role?role=support", "nothing_changes"),
        ("/console/people/new?role=owner", "owners_only"),
    ):
        seen = await admin.look(path)
        assert refusal in seen.words, path
        assert "seal" not in seen.form
    page = await admin.look(f"{wims}/role?role=finance")
    forged = await admin.send("POST", f"{wims}/role", form={**page.form, "role": "owner"})
    assert forged.status == 400
    # no link for an owner, whose session it would be
    for path, status in ((owners, 422), (wims, 200)):
        sealed = hidden_in((await admin.look(path)).text, f"{path}/link")
        assert (await admin.send("POST", f"{path}/link", form=sealed)).status == status, path
    assert await world.value(
        "SELECT role FROM person WHERE email = 'wim.support@shop.example'"
    ) == ("support")


async def test_a_role_that_is_taken_away_changes_nobody(site: Site, world: World) -> None:
    admin = await sign_in(world, site, Role.ADMIN, "Xenia")
    await sign_in(world, site, Role.SUPPORT, "Yan")
    path = await _path(world, "yan.support@shop.example")
    page = await admin.look(f"{path}/role?role=finance")
    await world.connection.execute(
        "UPDATE person SET role = 'support' WHERE email = 'xenia.admin@shop.example'"
    )
    assert (await admin.send("POST", f"{path}/role", form=page.form)).status == 403
    await world.connection.execute(
        "UPDATE person SET role = 'admin' WHERE email = 'xenia.admin@shop.example'"
    )


async def test_a_password_is_chosen_and_signs_in(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.FINANCE, "Zoe")
    other = await sign_in(world, site, Role.FINANCE, "Zoe")
    page = await me.look("/console/account")
    assert "Current password" not in page.words
    path = "/console/account/password"
    hidden = hidden_in(page.text, path)
    unequal = await me.send("POST", path, form={**hidden, "password": SAID, "again": "other"})
    assert (unequal.status, "not the same" in unequal.words) == (422, True)
    whole = {**hidden, "password": SAID, "again": SAID}
    assert (await other.send("POST", path, form=whole)).status == 400
    twice = [await me.send("POST", path, form=whole) for _ in range(2)]
    assert [one.status for one in twice] == [303, 303]
    assert [(await one.look("/console")).status for one in (me, other)] == [200, 303]
    door = Operator(site)
    sealed = hidden_in((await door.look("/console/sign-in")).text, "/console/sign-in")
    who = {**sealed, "email": "zoe.finance@shop.example"}
    wrong = await door.send("POST", "/console/sign-in", form={**who, "password": SAID.upper()})
    assert (wrong.status, "is not right" in wrong.words) == (422, True)
    assert "set-cookie" not in wrong.headers
    foreign = {"Origin": "https://evil.example"}
    said = {**who, "password": SAID}
    assert (await door.send("POST", "/console/sign-in", form=said, headers=foreign)).status == 400
    assert (await door.send("POST", "/console/sign-in", form={**said, "form": "x"})).status == 400
    entered = await door.send("POST", "/console/sign-in", form=said)
    assert (entered.status, entered.headers["location"]) == (303, "/console")
    inside = Operator(site, entered.headers["set-cookie"].partition(";")[0])
    assert "Current password" in (await inside.look("/console/account")).words


async def test_too_many_tries_are_held_back_with_when_to_come_again(
    site: Site, world: World
) -> None:
    door = Operator(site)
    sealed = hidden_in((await door.look("/console/sign-in")).text, "/console/sign-in")
    said = {**sealed, "email": "nobody@shop.example", "password": SAID}
    seen = [await door.send("POST", "/console/sign-in", form=said) for _ in range(6)]
    assert [one.status for one in seen] == [422] * 5 + [429]
    assert 0 < int(seen[-1].headers["retry-after"]) <= 901
    await world.connection.execute("DELETE FROM sign_in_count")
