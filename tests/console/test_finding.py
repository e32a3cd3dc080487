"""Finding: exactly what is named, by whoever may see it; the same as a page and as a list."""

import json
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

import pytest

from ledgerline.access.model import Role
from ledgerline.base.ids import PREFIXES, CustomerId, decode, encode
from ledgerline.console.finding import PARTS, PREFIXED
from ledgerline.flows.erase_customer import erase_customer
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.payments.disputes import DisputeEvent
from tests.console.operator import Operator, Seen, sign_in
from tests.disputing import attempt_of, tell
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.statements import statement, take
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
    assert [hit["path"].rpartition("/")[2] for hit in acts["hits"]] == [
        "change", "undo", "pause", "resume", "cancel",
    ]  # fmt: skip
    assert acts["hits"][-1]["path"] == f"/console/subscriptions/{sub}/cancel"
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


async def test_every_kind_of_id_is_found_or_said_not_to_be(site: Site, world: World) -> None:
    hidden = {"portal_link", "session", "saved_filter", "audit_entry", "billing_pause", "price"}
    assert set(PREFIXES) == set(PREFIXED.values()) | hidden
    # of nothing that exists nothing is found, of whatever kind
    me = await sign_in(world, site, Role.OWNER)
    id = world.run.new_id(world.run.new_bucket())
    for kind in PARTS:
        assert await _listed(me, encode(PREFIXES[kind], id)) == [], kind


async def test_what_has_no_page_is_found_where_it_stands(site: Site, world: World) -> None:
    customer, bought = await _life(world, site, named="crm-4720", email="parts@mail.example")
    assert bought.payment_id is not None
    await request_refund(world.run, world.psps, RefundOrder(bought.payment_id, 340, "asked"))
    await world.advance(world.now + timedelta(hours=1))
    me = await sign_in(world, site, Role.OWNER)
    payment = f"/console/payments/{encode(PREFIXES['payment'], bought.payment_id)}"
    invoice = f"/console/invoices/{encode(PREFIXES['invoice'], bought.invoice_id)}"
    for kind, table, page in (
        ("attempt", "attempt", payment), ("refund", "refund", payment),
        ("receipt", "receipt", payment), ("credit_note", "credit_note", invoice),
        ("purchase", "purchase", f"/console/customers/{customer}"),
        ("payment_method", "payment_method", f"/console/customers/{customer}"),
        ("event", "event", f"/console/customers/{customer}"),
    ):  # fmt: skip
        owner = decode(PREFIXES["customer"], customer)
        by = (
            "customer_id = %s"
            if table != "attempt"
            else ("payment_id IN (SELECT id FROM payment WHERE customer_id = %s)")
        )
        [(id,), *_] = await world.rows(f"SELECT id FROM {table} WHERE {by}", owner)
        named = encode(PREFIXES[kind], id)
        [group] = await _listed(me, named)
        assert [hit["path"] for hit in group["hits"]] == [page], kind
        assert (await me.look(f"/console/find?q={named}")).headers["location"] == page


async def test_disputes_and_files_are_found_by_whoever_may_open_them(
    site: Site, world: World
) -> None:
    bought = await world.buy(await world.shopper())
    assert bought.payment_id is not None
    attempt = await attempt_of(world, bought)
    id = await tell(world, attempt, DisputeEvent.OPENED, due_by=world.now + timedelta(days=3))
    assert id is not None
    dispute = encode(PREFIXES["dispute"], id)
    raw = await statement(world, world.now.date(), broken="extra_line")
    file = encode(PREFIXES["settlement_file"], (await take(world, raw)).file.id)
    finance = await sign_in(world, site, Role.FINANCE)
    support = await sign_in(world, site, Role.SUPPORT)
    for sought, page in ((dispute, "disputes"), (file, "reconciliation")):
        [group] = await _listed(finance, sought)
        assert group["hits"][0]["path"] == f"/console/{page}/{sought}"
        assert (await finance.look(group["hits"][0]["path"])).status == 200
    # support sees disputes, and no settlement files
    assert await _listed(support, dispute) != []
    assert await _listed(support, file) == []
    # and the payment leads to what was taken back of it
    payment = f"/console/payments/{encode(PREFIXES['payment'], bought.payment_id)}"
    assert f'href="/console/disputes/{dispute}"' in (await support.look(payment)).text


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
    _, acts = await _listed(support, made["id"])
    assert [hit["path"].rpartition("/")[2] for hit in acts["hits"]] == [
        "credit", "portal-link", "note",
    ]  # fmt: skip


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
