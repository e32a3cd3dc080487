"""Mails at the console: what was written, to whom, and one sent again, once, by a person."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import pytest_asyncio

from ledgerline.access.model import Role
from ledgerline.base.ids import PREFIXES, CustomerId, decode, encode
from ledgerline.console import mails
from ledgerline.console.customers import PAGE
from ledgerline.datasets.audit import audit
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.erase_customer import erase_customer
from ledgerline.subscriptions.model import Timing
from tests.console.operator import Operator, Seen, sign_in
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.mailing import deliver_all
from tests.numbering import number_all
from tests.storefront.site import Site

MAILS: Final = "/console/mails"
_MANY: Final = (
    "INSERT INTO mail (bucket, id, kind, subject_id, occasion, sequence, customer_id, occurred_at,"
    " written_at, actor, state, tries, ended_at)"
    " SELECT 0, ('01ffffff-ffff-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'kept',"
    " gen_random_uuid(), 1, 1, %s, now(), now(), 'events', 'sent', 1, now()"
    " FROM generate_series(1, %s) AS n"
)


@dataclass(frozen=True, slots=True)
class Told:
    """A customer who was told of a purchase."""

    customer: str
    bought: Bought
    pages: dict[str, str]


async def _told(world: World, site: Site, email: str) -> Told:
    person = {"market": "DE", "name": "Ada", "email": email}
    customer = (await site.api.post("/v1/customers", person)).body["id"]
    customer_id = CustomerId(decode(PREFIXES["customer"], customer))
    bought = await world.buy(Shopper(customer_id, await world.method(customer_id)))
    await deliver_all(world)
    rows = await world.rows("SELECT kind, id FROM mail WHERE customer_id = %s", customer_id)
    pages = {kind: _page(id) for kind, id in rows}
    assert {"receipt", "order_confirmed"} <= set(pages)
    return Told(customer, bought, pages)


def _page(id: UUID) -> str:
    return f"{MAILS}/{encode(PREFIXES['mail'], id)}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ada(world: World, site: Site) -> AsyncIterator[Told]:
    yield await _told(world, site, "ada.lovelace@mail.example")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def me(world: World, site: Site) -> AsyncIterator[Operator]:
    yield await sign_in(world, site, Role.SUPPORT)


async def test_mails_are_listed_and_addresses_masked(
    site: Site, world: World, me: Operator, ada: Told
) -> None:
    listed = await me.look(MAILS)
    assert ada.pages["receipt"] in listed.text
    assert "a***@mail.example" in listed.words
    assert "ada.lovelace" not in listed.text
    assert ada.customer in listed.text
    # and of a state, a kind, a customer
    for query, is_there in (
        ("kind=receipt", True), ("kind=kept", False), ("state=shown", True),
        ("state=failed", False), ("state=nonsense&kind=nonsense", True),
        (f"customer={ada.customer}", True), (f"customer={ada.customer}&kind=kept", False),
        (f"customer={ada.customer}&state=shown&kind=receipt", True),
    ):  # fmt: skip
        seen = await me.look(f"{MAILS}?{query}")
        assert (seen.status, ada.pages["receipt"] in seen.text) == (200, is_there), query
    assert "Looked for among 10,000 mails." in (await me.look(f"{MAILS}?kind=kept")).words
    assert (await me.look(f"{MAILS}?customer=cus_1")).status == 404
    # an auditor sees that somebody was written to
    auditor = await sign_in(world, site, Role.AUDITOR)
    for path in (MAILS, ada.pages["receipt"]):
        seen = await auditor.look(path)
        assert ("a***@" in seen.text, "***" in seen.words) == (False, True), path
    assert "/resend" not in (await auditor.look(ada.pages["receipt"])).text


async def test_pages_follow_one_another_also_where_few_are_found(
    world: World, me: Operator, ada: Told
) -> None:
    await world.write(_MANY, decode(PREFIXES["customer"], ada.customer), mails.LOOKED + 20)
    receipt = ada.pages["receipt"]
    # what stands below all that a page looks through is on the next one
    first = await me.look(f"{MAILS}?kind=receipt")
    assert ("Looked for among 10,000 mails." in first.words, receipt in first.text) == (True, False)
    assert receipt in (await me.look(_following(first))).text
    # nothing is there twice, and nothing is left out
    seen: list[str] = []
    path = f"{MAILS}?kind=kept"
    for _ in range(3):
        page = await me.look(path)
        seen += re.findall(rf'href="({MAILS}/mail_\w+)"', page.text)
        path = _following(page)
    assert len(seen) == len(set(seen)) == 3 * PAGE
    assert seen == sorted(seen, reverse=True)
    await world.write("DELETE FROM mail WHERE kind = 'kept'")
    listed = await me.look(f"{MAILS}?customer={ada.customer}")
    assert _following(listed) == ""


def _following(page: Seen) -> str:
    pager = page.text.partition('class="pager"')[2]
    return pager.partition('href="')[2].partition('"')[0].replace("&amp;", "&")


async def test_a_mail_is_shown_in_a_frame_that_may_do_nothing(me: Operator, ada: Told) -> None:
    path = ada.pages["receipt"]
    page = await me.look(path)
    for said in ("shown", "payment.succeeded", "its event", "not known yet"):
        assert (said in page.words) is (said != "not known yet"), said
    assert "ada.lovelace" not in page.text
    assert f'<iframe class="letter" sandbox title="The mail as its reader sees it" src="{path}' in (
        page.text
    )
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    letter = await me.look(f"{path}/letter")
    assert letter.status == 200
    policy = letter.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script-src" not in policy
    assert "/portal/mail" not in letter.text  # nobody but its reader is led into their portal
    # it leads to what it tells of, and its customer leads to it
    assert ada.bought.payment_id is not None
    assert f"/console/payments/{encode(PREFIXES['payment'], ada.bought.payment_id)}" in page.text
    customer = await me.look(f"/console/customers/{ada.customer}")
    assert f'href="{path}"' in customer.text
    assert f"{MAILS}?customer={ada.customer}" in customer.text
    for wrong in (f"{path}x", f"{MAILS}/mail_{'0' * 26}", f"{MAILS}/mail_{'0' * 26}/letter"):
        assert (await me.look(wrong)).status == 404, wrong


async def test_a_mail_is_sent_again_once_however_often_one_clicks(
    world: World, me: Operator, ada: Told
) -> None:
    path = ada.pages["receipt"]
    page = await me.look(f"{path}/resend")
    assert page.button == "Send to a***@mail.example"
    other = await me.look(f"{path}/resend")
    for _ in range(2):
        answer = await me.send("POST", f"{path}/resend", form=page.form)
        assert (answer.status, answer.headers["location"]) == (303, f"{path}?done=mail_resent")
    # what stood open in another tab does nothing: one is on its way
    late = await me.send("POST", f"{path}/resend", form=other.form)
    assert (late.status, "still on its way" in late.words) == (422, True)
    assert "it is still on its way" in (await me.look(f"{path}/resend")).words
    assert await _sent(world, ada) == [(1, "shown"), (2, "waiting")]
    await deliver_all(world)
    assert await _sent(world, ada) == [(1, "shown"), (2, "shown")]
    # nor does it once that is there
    late = await me.send("POST", f"{path}/resend", form=other.form)
    assert (late.status, "This has changed" in late.words) == (422, True)
    acts = await world.rows(
        "SELECT act, route, object_kind, before ->> 'state', after ->> 'sequence'"
        " FROM audit_entry WHERE act = 'mail_resent'"
    )
    assert acts == [("mail_resent", "POST /console/mails/{id}/resend", "mail", "shown", "2")]
    assert "Ida" in (await me.look(path)).words
    assert "Mail resent" in (await me.look(f"/console/customers/{ada.customer}")).words
    assert await audit(world.run) == []


async def _sent(world: World, of: Told) -> list[Any]:
    return await world.rows(
        "SELECT sequence, state FROM mail WHERE kind = 'receipt' AND subject_id = %s"
        " ORDER BY sequence", of.bought.payment_id,
    )  # fmt: skip


async def test_what_was_given_up_is_sent_again_and_what_makes_no_sense_is_refused(
    site: Site, world: World, me: Operator
) -> None:
    bob = await _told(world, site, "bob@mail.example")
    path = bob.pages["order_confirmed"]
    id = decode(PREFIXES["mail"], path.rpartition("/")[2])
    stands = "UPDATE mail SET state = %s, reason = %s, kind = %s, told = %s WHERE id = %s"
    told = '{"renews_on": "2026-01-01", "amount": 1099}'
    await world.write(stands, "failed", "450 4.2.1 busy", "order_confirmed", None, id)
    failed = await me.look(path)
    assert "It was given up; it can be sent again." in failed.words
    assert "450 4.2.1 busy" in failed.words
    assert path in (await me.look(f"{MAILS}?state=failed")).text
    await world.write(stands, "unknown", "no answer", "order_confirmed", None, id)
    assert "who has it gets it twice" in (await me.look(f"{path}/resend")).words
    # a mail of a day to come that has come
    await world.write(stands, "sent", None, "renews_soon", told, id)
    assert "the day has come" in (await me.look(f"{path}/resend")).words
    await world.write(stands, "failed", "450 4.2.1 busy", "order_confirmed", None, id)
    assert (await me.act(f"{path}/resend")).status == 303
    await deliver_all(world)
    # and one whose customer is gone
    customer_id = CustomerId(decode(PREFIXES["customer"], bob.customer))
    await cancel_subscription(world.run, bob.bought.subscription_id, timing=Timing.NOW)
    await number_all(world.run)
    await erase_customer(world.run, customer_id, actor="tests", forfeits_credit=True)
    refused = await me.look(f"{path}/resend")
    assert ("its customer was erased" in refused.words, refused.button) == (True, "")
    assert "What it said is deleted." in (await me.look(path)).words
