"""Working at the console: what an act would do is shown, done once, and written down."""

import asyncio
import csv
import io
import re
from typing import Any, Final
from uuid import UUID

from ledgerline.access.model import Role
from ledgerline.access.rules.people import actor_of
from ledgerline.base.ids import PREFIXES, PersonId, encode
from tests.console.operator import Seen, sign_in
from tests.flow_proof import prove
from tests.flow_values import Bought
from tests.flow_world import World
from tests.storefront.site import Site

FREE: Final = "US"
_AUDITED: Final = "SELECT actor, act, object_kind, before, after FROM audit_entry WHERE act = %s"


async def _payment(world: World, bought: Bought) -> str:
    [(id,)] = await world.rows(
        "SELECT id FROM payment WHERE subscription_id = %s", bought.subscription_id
    )
    return f"/console/payments/{encode(PREFIXES['payment'], id)}"


async def _sale(world: World, market: str = FREE) -> tuple[Bought, str]:
    """Sell something to somebody new; return it and where the page of the customer is."""
    shopper = await world.shopper(market)
    bought = await world.buy(shopper)
    return bought, f"/console/customers/{encode(PREFIXES['customer'], shopper.customer_id)}"


async def test_a_refund_is_previewed_done_once_and_told(site: Site, world: World) -> None:
    bought, customer = await _sale(world)
    path = await _payment(world, bought)
    me = await sign_in(world, site, Role.SUPPORT)
    looked = await me.look(f"{path}/refund?amount=5.00")
    assert looked.button == "Refund $5.00"
    assert await world.rows("SELECT FROM refund") == []
    # when the button is pressed twice at once, and once again later
    form = {**looked.form, "reason": "no music on Tuesday"}
    sent = [me.send("POST", f"{path}/refund", form=form) for _ in range(3)]
    tried = [*await asyncio.gather(*sent), await me.send("POST", f"{path}/refund", form=form)]
    assert [one.status for one in tried] == [303] * 4
    assert {one.headers["location"] for one in tried} == {f"{path}?done=refunded"}
    assert await world.rows("SELECT amount_minor, reason FROM refund") == [
        (500, "no music on Tuesday")
    ]
    [(actor, _, kind, before, after)] = await world.rows(_AUDITED, "refunded")
    assert (actor, kind) == (await _actor(world, "ida.support"), "payment")
    assert (before, after) == (
        {"refunded": 0, "currency": "USD"}, {"amount": 500, "currency": "USD", "limit": 5000},
    )  # fmt: skip
    # then the timeline of the customer says it, and by whom
    page = await me.look(customer)
    for said in ("Refunded through", "−$5.00", "by Ida", "Paid through", "Invoiced"):
        assert said in page.words, said
    assert "no music" not in page.text  # words stay with the refund


async def test_what_has_changed_is_shown_again(site: Site, world: World) -> None:
    bought, _ = await _sale(world)
    path = f"{await _payment(world, bought)}/refund"
    me = await sign_in(world, site, Role.FINANCE)
    other = await sign_in(world, site, Role.FINANCE, "Nils")
    mine = await me.look(path)
    assert (await other.act(f"{path}?amount=3.00", reason="first")).status == 303
    late = await me.send("POST", path, form={**mine.form, "reason": "second"})
    assert (late.status, "Nothing was done." in late.words) == (422, True)
    missing = await me.send("POST", path, form={**(await me.look(path)).form, "reason": " "})
    assert "Reason is missing." in missing.words
    card = {**(await me.look(path)).form, "reason": "card 4242 4242 4242 4242"}
    refused = await me.send("POST", path, form=card)
    assert (refused.status, "4242" in refused.text) == (422, False)
    for amount in ("0", "-1", "1.234", "99999", "x", "1e3", "٣"):
        seen = await me.look(f"{path}?amount={amount}")
        assert (seen.status, "This cannot be done." in seen.words) == (200, True), amount
    assert len(await world.rows("SELECT FROM refund WHERE reason = 'second'")) == 0


async def test_a_plan_is_canceled_with_what_comes_back(site: Site, world: World) -> None:
    bought, customer = await _sale(world)
    sub = encode(PREFIXES["subscription"], bought.subscription_id)
    path = f"/console/subscriptions/{sub}/cancel"
    me = await sign_in(world, site, Role.SUPPORT)
    gentle = await me.look(path)
    assert gentle.button == "Cancel Individual, monthly"
    full = f"{path}?when=now&back=full"
    assert (await me.look(full)).button == "Cancel Individual, monthly, refund $11.99"
    assert (await me.act(full)).headers["location"] == f"{customer}?done=canceled"
    assert (
        await world.value("SELECT state FROM subscription WHERE id = %s", bought.subscription_id)
        == "canceled"
    )
    again = await me.look(path)
    assert "This cannot be done." in again.words


async def test_an_open_invoice_is_charged_and_credit_is_paid_out(site: Site, world: World) -> None:
    bought, customer = await _sale(world)
    me = await sign_in(world, site, Role.FINANCE)
    sub = encode(PREFIXES["subscription"], bought.subscription_id)
    owner = await sign_in(world, site, Role.OWNER)
    assert (await owner.act(f"/console/subscriptions/{sub}/cancel?when=now")).status == 303
    path = f"{customer}/pay-out"
    page = await me.look(path)
    assert page.button.startswith("Pay out $11"), page.words
    assert (await me.act(path, reason="asked for it")).status == 303
    assert "nothing" in (await me.look(path)).words.lower()
    [(_, _, kind, _, after)] = await world.rows(_AUDITED, "paid_out")
    assert (kind, after["currency"]) == ("customer", "USD")
    await prove(world.connection, world.simulator)


async def test_pages_of_a_life_explain_it(site: Site, world: World) -> None:
    bought, customer = await _sale(world, "DE")
    me = await sign_in(world, site, Role.SUPPORT_LEAD)
    payment = await me.look(await _payment(world, bought))
    for said in ("€11.99", "Why aster", "chosen", "Rule", "Closed by", "Transfers", "psp_clearing"):
        assert said in payment.words, said
    invoice = await me.look(_link(payment, "/console/invoices/"))
    for said in ("How €11.99 was computed", "price.full", "19", "Net", "Tax", "Individual"):
        assert said in invoice.words, said
    for path in (
        "/console",
        "/console/customers",
        "/console/payments",
        "/console/invoices",
        "/console/subscriptions",
    ):
        page = await me.look(path)
        assert page.status == 200, path
    assert customer in (await me.look("/console/customers")).text
    sub = encode(PREFIXES["subscription"], bought.subscription_id)
    found = await me.look(f"/console/find?q={sub}")
    assert (found.status, found.headers["location"]) == (303, customer)
    assert (await me.look("/console/find?q=nonsense")).status == 404


async def test_an_auditor_sees_no_names(site: Site, world: World) -> None:
    _, customer = await _sale(world)
    support = await sign_in(world, site, Role.SUPPORT)
    auditor = await sign_in(world, site, Role.AUDITOR, "Eva")
    assert "Alva" in (await support.look(customer)).words
    for path in (customer, "/console/customers"):
        assert "Alva" not in (await auditor.look(path)).text
    log = await auditor.look("/console/audit")
    assert "signed in" in log.words
    assert "POST /console/sign-in/{secret}" in log.words


async def test_a_script_that_was_stored_is_shown_and_never_run(site: Site, world: World) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    made = await site.api.post(
        "/v1/customers", {"market": "US", "name": evil, "email": "a'><b@mail.example"}
    )
    assert made.status == 201, made
    me = await sign_in(world, site, Role.OWNER)
    path = f"/console/customers/{made.body['id']}"
    for each in (path, "/console/customers", f"/console/find?q={evil}", f"{path}/pay-out"):
        page = await me.look(each)
        assert "<script>alert" not in page.text
        assert "<img" not in page.text
    assert "&lt;script&gt;" in (await me.look(path)).text


async def test_pages_say_what_a_browser_may_do(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.OWNER)
    for path in ("/console", "/console/sign-in", "/console/nothing"):
        page = await me.look(path)
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["cache-control"] == "no-store"
        nonces = set(re.findall(r'nonce="([^"]+)"', page.text))
        assert all(f"'nonce-{one}'" in policy for one in nonces)
    assert (await me.look("/console/payments/pay_4242424242424242")).status == 422


def _link(page: Seen, prefix: str) -> str:
    found = re.search(rf'href="({prefix}[0-9a-z_]+)"', page.text)
    assert found is not None, page.text
    return found[1]


async def _actor(world: World, email: str) -> Any:
    [(id,)] = await world.rows("SELECT id FROM person WHERE email = %s", f"{email}@shop.example")
    assert isinstance(id, UUID)
    return actor_of(PersonId(id))


async def test_lists_are_taken_as_files_and_that_is_written_down(site: Site, world: World) -> None:
    bought, customer = await _sale(world)
    me = await sign_in(world, site, Role.FINANCE)
    for kind in ("payments", "invoices"):
        path = f"/console/{kind}?state={'succeeded' if kind == 'payments' else 'paid'}"
        page = await me.look(path)
        form = _export(page)
        assert (
            await me.send("POST", f"/console/{kind}/export", form={**form, "state": ""})
        ).status == 400
        file = await me.send("POST", f"/console/{kind}/export", form=form)
        assert file.headers["content-disposition"] == f'attachment; filename="{kind}.csv"'
        rows = list(csv.DictReader(io.StringIO(file.text)))
        [row] = [one for one in rows if one["customer"] == customer.rpartition("/")[2]]
        assert row["currency"] == "USD"
        assert (row.get("amount") or row.get("total")) == "11.99"
        [(_, _, _, _, after)] = await world.rows(_AUDITED, f"{kind}_exported")
        assert after == {"rows": len(rows)}
    assert bought.payment_id is not None


def _export(page: Seen) -> dict[str, str]:
    found = re.search(
        r'<form method="post" action="[^"]+/export">(.*?)</form>', page.text, re.DOTALL
    )
    assert found is not None, page.text
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', found[1]))
