"""Notes on customers: in the timeline with their author, sealed, and gone with the customer."""

import asyncio
from typing import Final

from ledgerline.access.model import Role
from ledgerline.base.ids import PREFIXES, CustomerId, encode
from ledgerline.datasets.audit import audit
from ledgerline.flows.erase_customer import erase_customer
from ledgerline.flows.export_customer import export_customer
from tests.console.operator import sign_in
from tests.flow_world import World
from tests.storefront.site import Site

SCRIPT: Final = "<script>alert(1)</script> called twice"


async def _customer(world: World) -> tuple[CustomerId, str]:
    id = await world.customer("US")
    return id, f"/console/customers/{encode(PREFIXES['customer'], id)}"


async def test_a_note_is_kept_once_sealed_and_gone_after_an_erasure(
    site: Site, world: World
) -> None:
    id, customer = await _customer(world)
    me = await sign_in(world, site, Role.SUPPORT)
    page = await me.look(f"{customer}/note")
    assert page.button == "Keep the note"
    form = {**page.form, "note": f"  {SCRIPT}\r\non Monday "}
    sent = [me.send("POST", f"{customer}/note", form=form) for _ in range(2)]
    tried = [*await asyncio.gather(*sent), await me.send("POST", f"{customer}/note", form=form)]
    assert {(one.status, one.headers["location"]) for one in tried} == {
        (303, f"{customer}?done=noted")
    }
    # then the timeline shows it once, with its author, and as text alone
    shown = await me.look(customer)
    assert shown.words.count("called twice on Monday") == 1
    assert "by Ida" in shown.words
    assert "<script>alert" not in shown.text
    # and an auditor is not shown its words
    auditor = await sign_in(world, site, Role.AUDITOR, "Eva")
    seen = await auditor.look(customer)
    assert ("called twice" in seen.words, "whose words are not shown" in seen.words) == (
        False, True,
    )  # fmt: skip
    # nothing that is kept holds its words in clear, and the customer is told of it
    [(row,)] = await world.rows("SELECT n::text FROM customer_note AS n")
    [(entry,)] = await world.rows("SELECT a::text FROM audit_entry AS a WHERE act = 'noted'")
    assert "twice" not in f"{row}{entry}"
    [section] = await export_customer(world.run, id, section="notes")
    assert [one["text"] for one in section.rows] == [f"{SCRIPT} on Monday"]
    assert await audit(world.run) == []
    # when the customer is erased, it is deleted, and nobody writes another
    late = await me.look(f"{customer}/note")
    erased = await erase_customer(world.run, id, actor="tests")
    assert erased.deletes["notes"] == 1
    assert await world.rows("SELECT FROM customer_note") == []
    refused = await me.send("POST", f"{customer}/note", form={**late.form, "note": "again"})
    assert (refused.status, "customer_erased" in refused.words) == (422, True)
    assert f"{customer}/note" not in (await me.look(customer)).text
    assert await audit(world.run) == []


async def test_what_is_no_note_is_refused_with_a_sentence(site: Site, world: World) -> None:
    _, customer = await _customer(world)
    me = await sign_in(world, site, Role.FINANCE)
    for text, said in (
        ("", "Note is missing."), (" \n ", "Note is missing."),
        ("x" * 1_001, "at most 1000 characters"), ("ش" * 600, "the text is too long"),
        ("turned \u202e around", "no control or direction characters"),
    ):  # fmt: skip
        page = await me.look(f"{customer}/note")
        seen = await me.send("POST", f"{customer}/note", form={**page.form, "note": text})
        assert (seen.status, said in seen.words) == (422, True), (text, seen.words)
    page = await me.look(f"{customer}/note")
    card = {**page.form, "note": "card 4242 4242 4242 4242"}
    refused = await me.send("POST", f"{customer}/note", form=card)
    assert (refused.status, "4242" in refused.text) == (422, False)
    assert await world.rows("SELECT FROM customer_note") == []
