"""Provider events at the console: what was told, what came of it, and who sees the words."""

from typing import Final
from urllib.parse import quote

from ledgerline.access.model import Role
from ledgerline.base.ids import PREFIXES, encode
from ledgerline.datasets.audit import audit
from ledgerline.flows.apply_psp_events import apply_psp_events
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


async def test_what_waits_or_was_given_up_is_applied_again_once(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.FINANCE)
    bought = await world.buy(await world.shopper())
    attempt = str(
        await world.value("SELECT id FROM attempt WHERE payment_id = %s", bought.payment_id)
    )
    stands = "SELECT state, tries, due_at IS NULL FROM psp_event WHERE event_key = %s"
    for key, state in (("again 1&2", "ignored"), ("again 2", "parked"), ("again 3", "applied")):
        await _tell(world, key, state, reference=attempt, body="{}")
    await _tell(world, "again 4", "ignored", reference=None, body="{}")
    # only where it is of use, and for who answers for the books
    show = f"{EVENTS}/event?account=aster&key="
    support = await sign_in(world, site, Role.SUPPORT)
    for key, is_offered in (("again 1%262", True), ("again 3", False), ("again 4", False)):
        assert (f"{EVENTS}/again" in (await me.look(show + key)).text) is is_offered, key
        assert f"{EVENTS}/again" not in (await support.look(show + key)).text
    path = f"{EVENTS}/again?account=aster&key="
    for key, why in (
        ("again 3", "it was applied"), ("again 4", "it names nothing"),
        ("none", "there is no such event"), ("", "there is no such event"),
    ):  # fmt: skip
        refused = await me.look(path + quote(key))
        assert (why in refused.words, refused.button) == (True, ""), (key, refused.words)
    # what was given up is followed from its beginning, and asked for once
    page = await me.look(path + quote("again 1&2"))
    assert (page.button, "It was given up" in page.words) == ("Apply again", True)
    for _ in range(2):
        answer = await me.send("POST", f"{EVENTS}/again", form=page.form)
        assert (answer.status, answer.headers["location"]) == (
            303,
            f"{EVENTS}?done=event_reapplied",
        )
    assert await world.rows(stands, "again 1&2") == [("received", 0, False)]
    assert "about to be looked at" in (await me.look(path + quote("again 1&2"))).words
    # what waits is looked at now, and counts its looks on
    assert (await me.act(path + quote("again 2"))).status == 303
    assert await world.rows(stands, "again 2") == [("received", 3, False)]
    acts = await world.rows(
        "SELECT object_kind, before ->> 'state', after ->> 'account', after ->> 'event'"
        " FROM audit_entry WHERE act = 'event_reapplied' ORDER BY id"
    )
    assert sorted(acts) == [
        ("psp_event", "ignored", "aster", "again 1&2"), ("psp_event", "parked", "aster", "again 2"),
    ]  # fmt: skip
    # and it is: the charge is looked up, and nothing is booked twice
    await apply_psp_events(world.run, world.psps)
    for key in ("again 1&2", "again 2"):
        assert [row[0] for row in await world.rows(stands, key)] == ["applied"], key
    assert await audit(world.run) == []


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
