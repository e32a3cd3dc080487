"""API keys at the console: shown once, used by whoever has them, and revoked."""

import re
from datetime import timedelta
from typing import Final

from ledgerline.access.model import Role
from ledgerline.flows.create_api_key import create_api_key
from ledgerline.flows.roll_api_key import Roll, roll_api_key
from tests.console.operator import sign_in
from tests.flow_world import World
from tests.scenarios.api_client import Api
from tests.storefront.site import Site

KEYS: Final = "/console/keys"


async def test_a_key_is_made_shown_once_used_and_revoked(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.OWNER)
    page = await me.look(f"{KEYS}/create?name=billing&scope=read&days=30")
    assert page.button == "Create a key for billing"
    made = await me.send("POST", f"{KEYS}/create", form=page.form)
    assert made.status == 200, made.words
    found = re.search(r"<code data-key>(sk_test_([a-z2-7]{10})_[a-z0-9]+)</code>", made.text)
    assert found is not None, made.text
    key, key_id = found[1], found[2]
    # then the form makes no second one, and no other page shows it
    again = await me.send("POST", f"{KEYS}/create", form=page.form)
    assert (again.status, again.headers["location"]) == (303, f"{KEYS}?done=key_created")
    listed = await me.look(KEYS)
    assert key_id in listed.words
    assert key not in listed.text
    assert await world.value("SELECT count(*) FROM api_key WHERE principal = 'billing'") == 1
    # when it is used, the day is kept; it may read and no more
    api = Api(site.url, site.api.session, key)
    assert (await api.get("/v1/customers")).status == 200
    assert (await api.post("/v1/customers", {"market": "DE"})).status == 403
    used = await world.value("SELECT used_on FROM api_key WHERE id = %s", key_id)
    assert used == world.run.wall().date()
    # when it is revoked, it opens nothing (a process remembers a key for five seconds)
    act = f"{KEYS}/{key_id}/revoke"
    assert (await me.look(act)).button == f"Revoke {key_id}"
    assert (await me.act(act)).headers["location"] == f"{KEYS}?done=key_revoked"
    assert "This cannot be done." in (await me.look(act)).words
    assert (await me.look(f"{KEYS}/nothing/revoke")).status == 404
    acts = await world.rows(
        "SELECT act, after ->> 'key' FROM audit_entry WHERE act LIKE 'key%%' ORDER BY recorded_at"
    )
    assert acts == [("key_created", key_id), ("key_revoked", key_id)]


async def test_a_key_is_rolled_and_both_open_until_the_old_one_ends(
    site: Site, world: World
) -> None:
    me = await sign_in(world, site, Role.OWNER)
    page = await me.look(f"{KEYS}/create?name=rolling&scope=read&days=90")
    made = await me.send("POST", f"{KEYS}/create", form=page.form)
    old, old_id = _shown(made.text)
    # when it is rolled, then the new one is shown once
    act = f"{KEYS}/{old_id}/roll"
    page = await me.look(f"{act}?hours=24")
    assert page.button == f"Roll {old_id}"
    rolled = await me.send("POST", act, form=page.form)
    new, new_id = _shown(rolled.text)
    again = await me.send("POST", act, form=page.form)
    assert (again.status, again.headers["location"]) == (303, f"{KEYS}?done=key_rolled")
    assert new not in (await me.look(f"{KEYS}?done=key_rolled")).text
    # and both open, for the same caller, who may do the same
    for key in (old, new):
        api = Api(site.url, site.api.session, key)
        assert (await api.get("/v1/customers")).status == 200
        assert (await api.post("/v1/customers", {"market": "DE"})).status == 403
    rows = await world.rows(
        "SELECT id, scopes, round(extract(epoch FROM expires_at - %s) / 3600)::int FROM api_key"
        " WHERE principal = 'rolling' ORDER BY created_at", world.run.wall(),
    )  # fmt: skip
    assert rows == [(old_id, ["read"], 24), (new_id, ["read"], 90 * 24)]
    # until the old one ends: then it opens nothing, and is rolled no more
    await world.write(
        "UPDATE api_key SET created_at = created_at - interval '91 days',"
        " expires_at = expires_at - interval '25 hours' WHERE id = %s",
        old_id,
    )
    assert "This cannot be done." in (await me.look(act)).words
    assert await roll_api_key(world.run, Roll(old_id, "x", timedelta(1)), live=False) is None
    assert (await me.look(f"{act}?hours=2")).button == ""
    acts = await world.rows(
        "SELECT before ->> 'key', after ->> 'key' FROM audit_entry WHERE act = 'key_rolled'"
    )
    assert acts == [(old_id, new_id)]


async def test_what_ends_earlier_is_not_kept_open_by_a_roll(world: World) -> None:
    soon = world.run.wall() + timedelta(hours=2)
    key = await create_api_key(world.run, principal="soon", live=False, expires_at=soon)
    roll = Roll(key.split("_")[2], "another", timedelta(days=7))
    assert await roll_api_key(world.run, roll, live=False) is not None
    ends = await world.value("SELECT expires_at FROM api_key WHERE id = %s", roll.key_id)
    assert ends == soon
    lasts = await world.value("SELECT expires_at - created_at FROM api_key WHERE id = 'another'")
    assert abs(lasts - timedelta(hours=2)) < timedelta(minutes=1)


def _shown(page: str) -> tuple[str, str]:
    found = re.search(r"<code data-key>(sk_test_([a-z2-7]{10})_[a-z0-9]+)</code>", page)
    assert found is not None, page
    return found[1], found[2]


async def test_a_key_is_made_for_no_person_and_without_odd_choices(
    site: Site, world: World
) -> None:
    me = await sign_in(world, site, Role.ADMIN)
    for asked in ("name=per_1", "name=", f"name={'x' * 61}", "scope=all", "days=7"):
        seen = await me.look(f"{KEYS}/create?{asked}")
        refused = "This cannot be done." in seen.words
        assert (seen.status, refused or asked == "name=") == (200, True), asked


async def test_what_was_sent_with_a_key_is_found_by_it(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.DEVELOPER)
    assert "Requests with an idempotency key" in (await me.look(KEYS)).words
    made = await site.api.post("/v1/customers", {"market": "DE", "name": "Clara"}, key="order-4711")
    assert made.status == 201
    found = await me.look(f"{KEYS}?key=order-4711")
    for said in ("order-4711", "tests", "201"):
        assert said in found.words, (said, found.words)
    assert "Clara" not in found.text
    assert "/console/customers/" not in found.text  # a developer opens no customer
    assert "Nothing was sent with this key" in (await me.look(f"{KEYS}?key=other")).words
    assert "order-4711" in (await me.look(f"{KEYS}?of=tests")).words
    assert "order-4711" not in (await me.look(f"{KEYS}?of=others")).words
