"""Provider events at the console: what was told, what came of it, and who sees the words."""

from typing import Final
from urllib.parse import quote

from ledgerline.access.model import Role
from ledgerline.base.ids import PREFIXES, encode
from tests.console.operator import sign_in
from tests.flow_world import World
from tests.storefront.site import Site

EVENTS: Final = "/console/provider-events"
_TOLD: Final = (
    "INSERT INTO psp_event (psp_account, event_key, event_type, state, reference, body,"
    " body_sha256, received_at, due_at, tries) VALUES ('aster', %s, %s, %s, %s, %s,"
    " sha256('told'), %s, CASE WHEN %s IN ('received', 'parked') THEN now() END, 3)"
)


async def _tell(world: World, key: str, state: str, *, reference: str | None, body: str) -> None:
    of = (key, f"charge.{state}", state, reference, body.encode(), world.now, state)
    assert await world.write(_TOLD, *of) == 1


async def test_what_was_told_leads_to_the_payment(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.SUPPORT)
    assert "/v1/psp/ACCOUNT/events" in (await me.look(EVENTS)).words
    bought = await world.buy(await world.shopper())
    assert bought.payment_id is not None
    attempt = await world.value("SELECT id FROM attempt WHERE payment_id = %s", bought.payment_id)
    said = '{"name": "<script>alert(1)</script>", "card": "•• 4242"}'
    await _tell(world, "evt one&two", "applied", reference=str(attempt), body=said)
    await _tell(world, "evt_3", "parked", reference="not-ours", body="<b>no JSON")
    await _tell(world, "evt_4", "ignored", reference=None, body="{}")
    listed = await me.look(EVENTS)
    for word in ("charge.applied", "charge.parked", "charge.ignored", "aster"):
        assert word in listed.words, (word, listed.words)
    only = (await me.look(f"{EVENTS}?state=ignored")).words
    assert ("charge.ignored" in only, "charge.applied" in only) == (True, False)
    waiting = (await me.look(f"{EVENTS}?state=waiting")).words
    assert ("charge.parked" in waiting, "charge.applied" in waiting) == (True, False)
    assert "Nothing was told" in (await me.look(f"{EVENTS}?account=other")).words
    one = f"{EVENTS}/event?account=aster&key={quote('evt one&two')}"
    assert one.replace("%20", "+") in listed.text.replace("&amp;", "&")
    page = await me.look(one)
    assert f"/console/payments/{encode(PREFIXES['payment'], bought.payment_id)}" in page.text
    assert "<script>alert" not in page.text
    assert "alert(1)" in page.words
    assert "<b>no JSON" in (await me.look(f"{EVENTS}/event?account=aster&key=evt_3")).words
    assert (await me.look(f"{EVENTS}/event?account=aster&key=none")).status == 404
    # a developer and an auditor see what came of it, and nobody's words
    for role in (Role.DEVELOPER, Role.AUDITOR):
        other = await (await sign_in(world, site, role)).look(one)
        assert (other.status, "alert(1)" in other.words) == (200, False)
        assert "and not the words" in other.words
        assert ("/console/payments/" in other.text) is (role is Role.AUDITOR)


async def test_pages_follow_one_another_also_within_an_instant(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.OWNER)
    for number in range(60):
        await _tell(world, f"many {number:02}", "applied", reference=None, body="{}")
    first = await me.look(f"{EVENTS}?state=applied&account=aster")
    following = first.text.partition('class="pager"')[2].partition('href="')[2].partition('"')[0]
    second = await me.look(following.replace("&amp;", "&"))
    assert second.status == 200
    shown = [f"many {number:02}" for number in range(60)]
    here = [key for key in shown if key in first.text]
    there = [key for key in shown if key in second.text]
    assert sorted(here + there) == shown
    assert (await me.look(f"{EVENTS}?after=nonsense")).status == 200
