"""API keys at the console: shown once, used by whoever has them, and revoked."""

import re
from typing import Final

from ledgerline.access.model import Role
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
