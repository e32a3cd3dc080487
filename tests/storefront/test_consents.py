"""What a market wants told and confirmed: on the page, over the API, in the mail, in the audit."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import pytest
import pytest_asyncio

from ledgerline.access.model import Role
from ledgerline.base.ids import PREFIXES, SubscriptionId, decode, encode
from ledgerline.catalog.refusals import TextChanged, TextNotReviewed, UnknownMarket
from ledgerline.catalog.rules.text_entries import parse_texts
from ledgerline.datasets.audit import audit
from ledgerline.flows.load_texts import load_texts, preview_texts
from ledgerline.letters.facts import read_facts
from ledgerline.letters.render import render
from ledgerline.mail.model import MailKind
from tests.console.operator import sign_in
from tests.flow_world import World
from tests.mailing import deliver_all
from tests.scenarios.api_client import new_buyer, order
from tests.storefront.buyer import Buyer, Seen
from tests.storefront.site import Site
from tests.storefront.visitor import Visitor

MARKET: Final = "US"  # where no bank asks for a challenge
CONFIRMS: Final = {"confirm_terms": "v1", "confirm_renewal_consent": "v1"}
GIVEN: Final = (
    {"kind": "terms", "text_version": "v2"}, {"kind": "renewal_consent", "text_version": "v1"},
)  # fmt: skip
SAID: Final = {
    ("order_button", "en"): "Subscribe and pay",
    ("renewal", "en"): "It renews until you cancel.",
    ("withdrawal", "en"): "You may withdraw for fourteen days.",
    ("terms", "en"): "I agree to the terms.",
    ("terms", "de"): "Ich stimme den Bedingungen zu.",
    ("renewal_consent", "en"): "I agree that it <b>renews</b>.",
}


def text(kind: str, language: str, body: str, **more: str) -> str:
    """Write one entry of a file of texts."""
    said = {
        "market": MARKET, "kind": kind, "language": language, "version": "v1",
        "valid_from": "2025-01-01", "reviewed": "no", "text": f'"{body}"', **more,
    }  # fmt: skip
    return "  - " + "\n    ".join(f"{name}: {value}" for name, value in said.items())


def file_of(*entries: str) -> str:
    """Write a file of texts."""
    return "\n".join(["format: 1", "texts:", *entries])


async def publish(world: World, *entries: str) -> int:
    """Publish texts as if they had been there for a day."""
    at = world.now - timedelta(days=1)
    return len(await load_texts(world.run, parse_texts(file_of(*entries), loaded_at=at)))


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def texts(world: World) -> AsyncIterator[None]:
    """Publish what the market of these tests wants."""
    linked = {"link": "https://shop.example/terms"}
    await publish(
        world,
        *(text(kind, code, body, **(linked if kind == "terms" else {}))
          for (kind, code), body in SAID.items()),
    )  # fmt: skip
    yield


async def _order(buyer: Buyer, page: Seen, **confirmed: str) -> Seen:
    form = {**await buyer.filled(page, "ok"), **confirmed}
    return await buyer.send("POST", f"{buyer.link}/pay?lang=en", form=form)


async def _agreed(world: World, session: Any) -> list[tuple[Any, ...]]:
    return await world.rows(
        "SELECT a.kind, a.text_version, a.language, a.channel FROM agreement AS a"
        " JOIN purchase AS p ON p.subscription_id = a.subscription_id"
        " WHERE p.checkout_session_id = %s ORDER BY a.kind",
        decode(PREFIXES["checkout_session"], session["id"]),
    )


async def test_nothing_is_bought_before_it_is_confirmed(site: Site, world: World) -> None:
    session = await site.session(market=MARKET)
    buyer = Buyer(site, session["url"])
    page = await buyer.look("?lang=en")
    for said in (
        "Subscribe and pay",
        "It renews until you cancel.",
        "You may withdraw",
        "I agree to the terms.",
        "I agree that it &lt;b&gt;renews&lt;/b&gt;.",
        'href="https://shop.example/terms"',
    ):
        assert said in page.text, said
    assert "checked" not in page.text.partition('class="confirm"')[2].partition("</fieldset>")[0]
    # when one of two is missing, or both
    some: dict[str, str]
    for some in ({}, {"confirm_terms": "v1"}):
        refused = await _order(buyer, page, **some)
        assert (refused.status, "Please read and confirm" in refused.text) == (422, True)
    refused = await _order(buyer, page, **{**CONFIRMS, "confirm_terms": "v0"})
    assert refused.status == 422
    assert (await buyer.look()).state == "open"
    assert await _agreed(world, session) == []
    # then the card that was typed is kept, and the order is taken once all is confirmed
    form = {**refused.hidden, **CONFIRMS}
    assert (await buyer.send("POST", f"{buyer.link}/pay?lang=en", form=form)).status == 303
    assert (await buyer.look()).state == "completed"
    assert await _agreed(world, session) == [
        (kind, "v1", "en", "checkout")
        for kind in ("order_button", "renewal", "renewal_consent", "terms", "withdrawal")
    ]
    assert await audit(world.run) == []


async def test_it_is_told_in_the_page_s_language_where_there_is_one(site: Site) -> None:
    session = await site.session(market=MARKET)
    page = await Buyer(site, session["url"]).look("?lang=de")
    assert 'lang="de">Ich stimme den Bedingungen zu.' in page.text
    assert 'lang="en">It renews until you cancel.' in page.text


async def test_what_was_shown_before_a_new_version_is_not_confirmed_by_it(
    site: Site, world: World
) -> None:
    session = await site.session(market=MARKET)
    buyer = Buyer(site, session["url"])
    old = await buyer.look("?lang=en")
    newer = {"version": "v2", "valid_from": "2025-06-01"}
    await publish(world, text("terms", "en", "I agree to the new terms.", **newer))
    refused = await _order(buyer, old, **CONFIRMS)
    assert (refused.status, "I agree to the new terms." in refused.text) == (422, True)
    form = {**refused.hidden, **CONFIRMS, "confirm_terms": "v2"}
    assert (await buyer.send("POST", f"{buyer.link}/pay", form=form)).status == 303
    assert ("terms", "v2", "en", "checkout") in await _agreed(world, session)


async def test_a_purchase_over_the_api_brings_the_same_words(site: Site) -> None:
    buyer = await new_buyer(site.api, market=MARKET)
    for only in (False, True):
        refused = await site.api.post("/v1/purchases", order(buyer, validate_only=only))
        assert refused.refusal == (422, "consent_missing")
        assert refused.body["facts"]["missing"] == "renewal_consent v1, terms v2"
    agreements = [
        {"kind": "terms", "text_version": "v2", "language": "en"},
        {"kind": "renewal_consent", "text_version": "v1"},
    ]
    bought = await site.api.post("/v1/purchases", order(buyer, agreements=agreements))
    assert bought.status == 201, bought
    shown = (await site.api.get(f"/v1/subscriptions/{bought.body['subscription']}")).body
    assert [(one["kind"], one["language"], one["channel"]) for one in shown["agreements"]] == [
        ("renewal_consent", None, "api"), ("terms", "en", "api"),
    ]  # fmt: skip


async def test_another_plan_is_an_order_too(site: Site, world: World) -> None:
    words = {"confirm_terms": "v2", "confirm_renewal_consent": "v1"}
    visitor, id = await _subscriber(site)
    to = f"/portal/plan/{id}/family_monthly"
    page = await visitor.look(f"{to}?lang=en")
    assert "I agree to the new terms." in page.text
    assert "It renews until you cancel." in page.text
    assert "Subscribe and pay" not in page.text  # the button says what is paid
    some: dict[str, str]
    for some in ({}, {"confirm_terms": "v2"}, {**words, "confirm_terms": "v1"}):
        refused = await visitor.post(to, changed=some)
        assert (refused.status, "Please read and confirm" in refused.text) == (422, True)
    assert [row[0] for row in await _invoices(world, id)] == ["purchase"]
    assert "Your plan was changed." in (await visitor.post(to, changed=words)).text
    assert [row[0] for row in await _invoices(world, id)] == ["purchase", "change"]
    assert ("portal", "renewal") in await _kept(world, id)
    # what begins later is asked as well
    back = f"/portal/plan/{id}/individual_monthly"
    await visitor.look(back)
    refused = await visitor.post(back)
    assert (refused.status, "Please read and confirm" in refused.text) == (422, True)
    assert await audit(world.run) == []


async def test_another_plan_over_the_api_is_an_order_too(site: Site, world: World) -> None:
    _, id = await _subscriber(site)
    to, asked = f"/v1/subscriptions/{id}/change", {"plan": "family_monthly", "when": "period_end"}
    for only in (False, True):
        refused = await site.api.post(to, {**asked, "validate_only": only})
        assert refused.refusal == (422, "consent_missing")
    await world.advance(world.now + timedelta(days=1))
    assert (await site.api.post(to, {**asked, "agreements": GIVEN})).status == 200
    # what was accepted with the purchase is kept beside it
    assert len(await _kept(world, id)) == 2 * len(GIVEN)
    assert await audit(world.run) == []


async def _subscriber(site: Site) -> tuple[Visitor, str]:
    """Give somebody who bought a plan as their market wants it, and is in the portal."""
    buyer = await new_buyer(site.api, market=MARKET)
    bought = await site.api.post("/v1/purchases", order(buyer, agreements=GIVEN))
    assert bought.status == 201, bought
    visitor = Visitor(site)
    await visitor.enter(buyer.customer)
    return visitor, str(bought.body["subscription"])


async def _invoices(world: World, subscription: str) -> list[tuple[Any, ...]]:
    return await world.invoices(SubscriptionId(decode(PREFIXES["subscription"], subscription)))


async def _kept(world: World, subscription: str) -> list[tuple[str, str]]:
    return await world.rows(
        "SELECT channel, kind FROM agreement WHERE subscription_id = %s ORDER BY accepted_at, kind",
        decode(PREFIXES["subscription"], subscription),
    )


async def test_the_order_s_mail_and_its_timeline_say_it(site: Site, world: World) -> None:
    await deliver_all(world)
    [[facts, locale, customer_id]] = await world.rows(
        "SELECT m.facts::text, m.language, m.customer_id FROM mail AS m"
        " WHERE m.kind = 'order_confirmed' AND m.state = 'shown'"
        " AND m.facts::text LIKE '%%agree to the terms. (v1)%%'"
    )
    letter = render(MailKind.ORDER_CONFIRMED, read_facts(facts), locale=locale)
    for said in ("I agree to the terms. (v1)", "You may withdraw for fourteen days. (v1)"):
        assert said in letter.text
    assert "<b>renews" not in letter.html
    me = await sign_in(world, site, Role.OWNER)
    listed = await me.look("/console/customers")
    assert listed.status == 200
    page = await me.look(f"/console/customers/{encode(PREFIXES['customer'], customer_id)}")
    assert "Agreed to terms v1 en by the checkout" in page.words
    assert "Was shown withdrawal v1 en by the checkout" in page.words


async def test_a_version_keeps_its_words(world: World) -> None:
    with pytest.raises(TextChanged):
        await publish(world, text("terms", "en", "I agree to anything."))
    with pytest.raises(UnknownMarket):
        await publish(world, text("terms", "en", "x", market="XX"))
    again = parse_texts(
        file_of(text("terms", "en", SAID["terms", "en"], link="https://shop.example/terms")),
        loaded_at=world.now,
    )
    assert await preview_texts(world.run, again) == []


async def test_a_live_environment_takes_no_text_that_nobody_reviewed(world: World) -> None:
    await world.write("UPDATE environment SET kind = 'live', instant = NULL")
    with pytest.raises(TextNotReviewed):
        await publish(world, text("terms", "fr", "x"))
    assert await publish(world, text("terms", "fr", "J’accepte.", reviewed="yes")) == 1
