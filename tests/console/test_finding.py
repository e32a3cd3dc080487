"""Finding: exactly what is named, by whoever may see it; the same as a page and as a list."""

import json
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

import pytest

from ledgerline.access.model import Role
from ledgerline.base.ids import PREFIXES, CustomerId, decode, encode
from ledgerline.flows.erase_customer import erase_customer
from tests.console.operator import Operator, Seen, sign_in
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.storefront.site import Site

EMAIL: Final = "Kim.O'Neil+music@mail.example"
SCRIPT: Final = "<script>alert(1)</script>"
JSON: Final = {"Accept": "application/json"}


async def _ask(me: Operator, sought: str) -> Seen:
    return await me.send("GET", f"/console/find?q={quote(sought)}", headers=JSON)


async def _listed(me: Operator, sought: str) -> list[dict[str, Any]]:
    """Ask as the palette does; return what stands under each heading but the screens."""
    seen = await _ask(me, sought)
    assert seen.headers["content-type"] == "application/json", seen
    return [one for one in json.loads(seen.text)["groups"] if one["name"] != "Screens"]


async def _life(world: World, site: Site, *, named: str, email: str) -> tuple[str, Bought]:
    person = {"market": "DE", "name": SCRIPT, "email": email, "external_id": named}
    made = (await site.api.post("/v1/customers", person)).body
    customer_id = CustomerId(decode(PREFIXES["customer"], made["id"]))
    return made["id"], await world.buy(Shopper(customer_id, await world.method(customer_id)))


async def test_it_is_found_by_each_of_its_names(site: Site, world: World) -> None:
    customer, bought = await _life(world, site, named="crm-4711", email=EMAIL)
    me = await sign_in(world, site, Role.OWNER)
    page = f"/console/customers/{customer}"
    for sought in (EMAIL, EMAIL.lower(), f" {EMAIL.upper()} ", "crm-4711"):
        [group] = await _listed(me, sought)
        assert [hit["path"] for hit in group["hits"]] == [page], sought
    sub = encode(PREFIXES["subscription"], bought.subscription_id)
    found, acts = await _listed(me, sub)
    assert found["hits"][0]["path"] == page
    assert acts["hits"][0]["path"] == f"/console/subscriptions/{sub}/cancel"
    assert (await me.look(f"/console/find?q={sub}")).headers["location"] == page
    # as a page without scripts, with what was stored inert
    seen = await me.look(f"/console/find?q={quote(EMAIL)}")
    assert (seen.status, SCRIPT in seen.text, "alert(1)" in seen.text) == (200, False, True)


async def test_a_document_is_found_by_its_number(site: Site, world: World) -> None:
    _, bought = await _life(world, site, named="crm-4712", email="doc@mail.example")
    await world.advance(world.now + timedelta(hours=1))  # numbers are given by a job
    me = await sign_in(world, site, Role.OWNER)
    numbers = await world.rows(
        "SELECT s.kind, d.display FROM document_number AS d JOIN number_series AS s"
        " ON s.id = d.series_id WHERE d.document_id = %s"
        " OR d.document_id IN (SELECT id FROM receipt WHERE invoice_id = %s)",
        bought.invoice_id, bought.invoice_id,
    )  # fmt: skip
    assert bought.payment_id is not None
    pages = {
        "invoice": f"/console/invoices/{encode(PREFIXES['invoice'], bought.invoice_id)}",
        "receipt": f"/console/payments/{encode(PREFIXES['payment'], bought.payment_id)}",
    }
    assert {kind for kind, _ in numbers} <= set(pages)
    assert numbers
    for kind, number in numbers:
        [group] = await _listed(me, number)
        assert (group["hits"][0]["path"], group["hits"][0]["note"]) == (pages[kind], number)
        assert await _listed(me, number[:-1]) == []
    [found, acts] = await _listed(me, pages["receipt"].rpartition("/")[2])
    assert found["hits"][0]["path"] == pages["receipt"]
    assert [hit["path"] for hit in acts["hits"]] == [f"{pages['receipt']}/refund"]


async def test_a_screen_is_found_by_its_name(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.OWNER)
    assert json.loads((await _ask(me, "LEDG")).text)["groups"] == [
        {"name": "Screens", "hits": [{"label": "Ledger", "note": "", "path": "/console/ledger"}]}
    ]
    nothing = json.loads((await _ask(me, "zzz")).text)
    assert (nothing["groups"], nothing["said"][:10]) == ([], "Found are:")


@pytest.mark.parametrize(
    "sought",
    ["kim.o", "@mail.example", "kim.o'neil%", "crm", "crm-47", "%", "_", "NS-2026-0",
     "cus_01h455vb4pex5vsknk084sn02", "' OR true --", "\x00", "\N{ARABIC LETTER ALEF}"],
)  # fmt: skip
async def test_nothing_is_found_by_a_part_of_a_name(site: Site, world: World, sought: str) -> None:
    me = await sign_in(world, site, Role.OWNER)
    seen = await me.look(f"/console/find?q={quote(sought)}")
    assert seen.status == 404, seen.words
    assert await _listed(me, sought) == []


async def test_each_finds_what_their_role_opens(site: Site, world: World) -> None:
    person = {"market": "DE", "email": "lo@mail.example", "external_id": "crm-2"}
    made = (await site.api.post("/v1/customers", person)).body
    auditor = await sign_in(world, site, Role.AUDITOR)
    developer = await sign_in(world, site, Role.DEVELOPER)
    support = await sign_in(world, site, Role.SUPPORT)
    # an auditor sees no addresses, so nothing says that one is known
    assert await _listed(auditor, "lo@mail.example") == []
    [group] = await _listed(auditor, "crm-2")
    assert group["hits"][0]["note"] == made["id"]
    assert [one["name"] for one in await _listed(auditor, made["id"])] == ["Found"]
    # a developer sees no customers at all
    for sought in (made["id"], "crm-2", "lo@mail.example"):
        assert await _listed(developer, sought) == []
    # support may not pay out, so it is not offered
    assert [one["name"] for one in await _listed(support, made["id"])] == ["Found"]


async def test_an_erased_customer_is_found_by_no_address(site: Site, world: World) -> None:
    person = {"market": "DE", "email": "gone@mail.example"}
    made = (await site.api.post("/v1/customers", person)).body
    changed = {"email": "moved@mail.example", "version": made["version"]}
    patched = await site.api.patch(f"/v1/customers/{made['id']}", changed)
    assert patched.status == 200, patched
    me = await sign_in(world, site, Role.OWNER)
    assert await _listed(me, "gone@mail.example") == []
    assert len(await _listed(me, "moved@mail.example")) == 1
    customer_id = CustomerId(decode(PREFIXES["customer"], made["id"]))
    await erase_customer(world.run, customer_id, actor="tests")
    assert await _listed(me, "moved@mail.example") == []
