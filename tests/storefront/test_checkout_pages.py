"""The hosted checkout over HTTP: every state of the page, and one purchase whatever is repeated."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import aiohttp
import pytest

from ledgerline.base.http import HttpClient
from ledgerline.base.ids import PREFIXES, decode
from ledgerline.flows.put_psp_account import read_merchants
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.contract import Secret
from tests.flow_world import World
from tests.storefront.buyer import Buyer, Seen, parameters
from tests.storefront.site import Site, open_site

WRONG: Final = {"api_secret": Secret("wrong"), "webhook_secret": Secret("wrong")}
FREE: Final = "US"  # where no law asks for a challenge


async def _buyer(site: Site, **more: Any) -> tuple[Buyer, Any]:
    session = await site.session(**more)
    return Buyer(site, session["url"]), session


async def _purchases(world: World, session: Any) -> list[tuple[Any, ...]]:
    return await world.rows(
        "SELECT state FROM purchase WHERE checkout_session_id = %s",
        decode(PREFIXES["checkout_session"], session["id"]),
    )


async def test_an_open_page_says_price_tax_and_what_renews_when(site: Site) -> None:
    buyer, session = await _buyer(site)
    page = await buyer.look()
    assert (page.status, page.state, session["status"]) == (200, "open", "open")
    for said in ("11,99 €", "inkl. <bdi>19 %</bdi> MwSt.", "1,91 €", "1. Februar 2026", "Heute"):
        assert said in page.text.replace("\N{NO-BREAK SPACE}", " "), said
    assert "clara.neumann@mail.example" in page.text


async def test_a_trial_costs_nothing_today_and_says_from_when_what_is_paid(site: Site) -> None:
    buyer, session = await _buyer(site, trial=True)
    page = await buyer.look("?lang=en")
    text = page.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "30 days free." in text
    assert '<dd class="due"><bdi>€0.00</bdi></dd>' in text
    assert "From <bdi>January 31, 2026</bdi> you pay <bdi>€11.99</bdi> / month" in text
    done = await buyer.pay("ok")
    assert done.state == "completed"
    assert await site.status(session) == "completed"


async def test_who_is_not_challenged_has_bought_at_once(site: Site, world: World) -> None:
    buyer, session = await _buyer(site, market=FREE, return_url="https://shop.example/thanks?a=1")
    done = await buyer.pay("ok")
    assert done.state == "completed"
    assert 'href="https://shop.example/thanks?a=1"' in done.text
    assert await _purchases(world, session) == [("completed",)]
    shown = (await site.api.get(f"/v1/checkout_sessions/{session['id']}")).body
    bought = (await site.api.get(f"/v1/purchases/{shown['purchase']}")).body
    assert (shown["status"], bought["status"]) == ("completed", "completed")


@pytest.mark.parametrize("market", ["DE", "US"])
async def test_a_buyer_who_passes_a_challenge_has_bought(
    site: Site, world: World, market: str
) -> None:
    buyer, session = await _buyer(site, market=market)
    asked = await buyer.pay("challenge")
    assert asked.state == "action_required"
    back = await buyer.answer(asked.action, "pass")
    assert back.startswith(f"{buyer.link}/return?")
    # when the bank's page leads back within the frame, and again as a page of its own
    inside = await buyer.send("GET", back, headers={"Sec-Fetch-Dest": "iframe"})
    assert f'data-top="{buyer.link}"' in inside.text
    assert "frame-ancestors 'self'" in inside.headers["content-security-policy"]
    assert (await buyer.send("GET", back)).status == 303
    assert (await buyer.look()).state == "completed"
    assert await _purchases(world, session) == [("completed",)]


async def test_a_way_back_proves_nothing(site: Site) -> None:
    buyer, session = await _buyer(site)
    await buyer.pay("challenge")
    for forged in ("?charge=ch_1&result=success", "", "?status=succeeded"):
        assert (await buyer.send("GET", f"{buyer.link}/return{forged}")).status == 303
    # a bank posts across sites, without any cookie
    posted = await buyer.send(
        "POST",
        f"{buyer.link}/return",
        form={"cres": "e30"},
        headers={"Origin": "https://acs.example"},
    )
    assert posted.status == 303
    assert await site.status(session) == "action_required"


async def test_a_buyer_who_fails_a_challenge_may_try_again(site: Site, world: World) -> None:
    buyer, session = await _buyer(site)
    asked = await buyer.pay("challenge")
    await buyer.send("GET", await buyer.answer(asked.action, "fail"))
    refused = await buyer.look("?lang=en")
    assert refused.state == "declined"
    assert "was not confirmed with your bank" in refused.text
    assert "Nothing was charged." in refused.text
    assert refused.hidden["number"] == "2"
    asked = await buyer.pay("challenge")
    await buyer.send("GET", await buyer.answer(asked.action, "pass"))
    assert (await buyer.look()).state == "completed"
    assert sorted(await _purchases(world, session)) == [("completed",), ("failed",)]


async def test_a_buyer_who_abandons_a_challenge_is_free(site: Site, world: World) -> None:
    buyer, session = await _buyer(site)
    asked = await buyer.pay("challenge")
    given = await buyer.send("POST", f"{buyer.link}/withdraw", form=asked.hidden)
    assert given.status == 303
    assert (await buyer.look()).state == "open"
    assert await _purchases(world, session) == [("failed",)]
    again = await buyer.send("POST", f"{buyer.link}/withdraw", form=asked.hidden)
    assert again.status == 303  # a second tab changes nothing


async def test_a_refused_card_is_mended_with_another(site: Site, world: World) -> None:
    buyer, session = await _buyer(site, market=FREE)
    refused = await buyer.pay("funds")
    assert refused.state == "declined"
    assert 'role="alert"' in refused.text
    assert "There is not enough money in the account." in refused.text
    assert (await buyer.pay("ok")).state == "completed"
    assert sorted(await _purchases(world, session)) == [("completed",), ("failed",)]


async def test_a_stolen_card_looks_like_any_that_is_not_taken(site: Site) -> None:
    buyer, _ = await _buyer(site, market=FREE)
    refused = await buyer.pay("stolen")
    assert "This card cannot be used here." in refused.text
    assert "stolen" not in refused.text


async def test_what_nobody_knows_yet_has_no_button_to_pay(site: Site, world: World) -> None:
    for card in ("pending", "lost_answer"):
        buyer, session = await _buyer(site, market=FREE)
        page = await buyer.pay(card)
        assert page.state == "pending", card
        assert "You will not be charged twice." in page.text
        assert "/pay" not in page.text
        assert f'data-watch="{buyer.link}/state"' in page.text
        assert (await buyer.send("GET", f"{buyer.link}/state")).text == "pending"
        assert await _purchases(world, session) == [("processing",)]


async def test_a_double_click_two_tabs_and_a_lost_reply_are_one_purchase(
    site: Site, world: World
) -> None:
    buyer, session = await _buyer(site, market=FREE)
    one, other = await buyer.look(), await buyer.look()
    form, second = await buyer.filled(one, "ok"), await buyer.filled(other, "ok")
    # when a click is doubled, a second tab orders with another card, and all of it comes again
    sent = [form, form, second, form]
    posted = await asyncio.gather(
        *(buyer.send("POST", f"{buyer.link}/pay", form=each) for each in sent)
    )
    assert {each.status for each in posted} == {303}
    late = await buyer.send("POST", f"{buyer.link}/pay", form=second)
    assert late.status == 303
    assert (await buyer.look()).state == "completed"
    assert await _purchases(world, session) == [("completed",)]
    captures = await world.value(
        "SELECT count(*) FROM attempt AS a JOIN payment AS p ON p.id = a.payment_id"
        " WHERE p.customer_id = %s AND a.state = 'succeeded'",
        decode(PREFIXES["customer"], session["customer"]),
    )
    assert captures == 1


async def test_an_old_form_after_a_refusal_buys_nothing(site: Site, world: World) -> None:
    buyer, session = await _buyer(site, market=FREE)
    old = await buyer.filled(await buyer.look(), "ok")
    await buyer.pay("funds")
    back = await buyer.send("POST", f"{buyer.link}/pay", form=old)
    assert back.status == 303
    assert (await buyer.look()).state == "declined"
    assert await _purchases(world, session) == [("failed",)]


async def test_a_changed_price_is_shown_and_agreed_to_again(site: Site, world: World) -> None:
    buyer, session = await _buyer(site, market="GB", plan="duo_monthly")
    form = await buyer.filled(await buyer.look("?lang=en"), "ok")
    # given a price that rises between look and order
    await world.write("ALTER TABLE price DISABLE TRIGGER USER")
    raised = await world.write(
        "UPDATE price SET unit_num = unit_num + 100 WHERE plan_code = 'duo_monthly'"
        " AND market_code = 'GB'"
    )
    assert raised >= 1
    shown = await buyer.send("POST", f"{buyer.link}/pay?lang=en", form=form)
    assert shown.status == 422
    assert "The price has changed" in shown.text
    assert await _purchases(world, session) == []
    # the card is still there, and agreeing takes one click
    assert shown.hidden["token"] == form["token"]
    agreed = await buyer.send("POST", f"{buyer.link}/pay?lang=en", form=shown.hidden)
    assert agreed.status == 303
    assert len(await _purchases(world, session)) == 1
    await world.write(
        "UPDATE price SET unit_num = unit_num - 100 WHERE plan_code = 'duo_monthly'"
        " AND market_code = 'GB'"
    )
    await world.write("ALTER TABLE price ENABLE TRIGGER USER")


async def test_without_scripts_the_card_is_given_on_the_providers_page(
    site: Site, world: World
) -> None:
    buyer, session = await _buyer(site, market=FREE)
    page = await buyer.look()
    where = page.text.partition("<noscript>")[2].partition('href="')[2].partition('"')[0]
    url = where.replace("&amp;", "&")
    assert parameters(url)["back"] == [f"{site.url}{buyer.link}?account=aster"]
    async with aiohttp.ClientSession() as provider:
        shown = await provider.get(url)
        assert "frame-ancestors 'none'" in shown.headers["Content-Security-Policy"]
        typed = {"number": "4242 4242 4242 4242", "expiry": "12/30", "code": "123"}
        wrong = await provider.post(url, data={**typed, "number": "1"}, allow_redirects=False)
        assert wrong.status == 422
        back = await provider.post(url, data=typed, allow_redirects=False)
    location = back.headers["Location"].removeprefix(site.url)
    given = await buyer.send("GET", location)
    assert "visa •••• 4242" in given.text
    posted = await buyer.send("POST", f"{buyer.link}/pay", form=given.hidden)
    assert posted.status == 303
    assert await _purchases(world, session) == [("completed",)]


@pytest.mark.parametrize("step", ["pay", "coupon", "addon", "withdraw"])
async def test_a_refused_form_changes_its_language(site: Site, step: str) -> None:
    buyer, _ = await _buyer(site)
    there = await buyer.send("GET", f"{buyer.link}/{step}?lang=fr")
    assert (there.status, there.headers["location"]) == (303, f"{buyer.link}?lang=fr")


async def test_who_has_a_subscription_already_buys_no_second_one(site: Site) -> None:
    buyer, session = await _buyer(site, market=FREE)
    other = await site.api.post(
        "/v1/checkout_sessions",
        {"customer": session["customer"], "plan": "duo_monthly", "trial": False},
    )
    await buyer.pay("ok")
    page = await Buyer(site, other.body["url"]).look("?lang=en")
    assert "You have this already" in page.text


async def test_a_session_is_closed_once_and_then_takes_no_order(site: Site, world: World) -> None:
    buyer, session = await _buyer(site, market=FREE)
    form = await buyer.filled(await buyer.look(), "ok")
    path = f"/v1/checkout_sessions/{session['id']}/expire"
    closed = await site.api.post(path, {}, key="close")
    assert (closed.status, closed.body["status"]) == (200, "expired")
    assert (await site.api.post(path, {}, key="close")).body == closed.body
    assert "expired" in (await buyer.look("?lang=en")).text
    assert (await buyer.send("POST", f"{buyer.link}/pay", form=form)).status == 303
    assert await _purchases(world, session) == []
    # what was bought cannot be closed
    bought, done = await _buyer(site, market=FREE)
    await bought.pay("ok")
    late = await site.api.post(f"/v1/checkout_sessions/{done['id']}/expire", {})
    assert late.refusal == (409, "checkout_session_closed")


async def test_forms_of_others_are_refused(site: Site, world: World) -> None:
    buyer, session = await _buyer(site, market=FREE)
    form = await buyer.filled(await buyer.look(), "ok")
    another, _ = await _buyer(site, market=FREE)
    foreign = await buyer.filled(await another.look(), "ok")

    async def posted(form: dict[str, str], **headers: str) -> Seen:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await buyer.send("POST", f"{buyer.link}/pay", form=form, headers=sent)

    assert (await posted({**form, "form": ""})).status == 403
    assert (await posted({**form, "form": foreign["form"]})).status == 403
    assert (await posted({**form, "due": "1"})).status == 403
    assert (await posted({**form, "number": "2"})).status == 403
    assert (await posted(form, Origin="https://evil.example")).status == 403
    assert (await posted(form, Sec_Fetch_Site="cross-site")).status == 403
    assert (await posted(form, Content_Type="text/plain")).status == 403
    incomplete = {name: value for name, value in form.items() if name != "token"}
    assert (await posted(incomplete)).status == 422
    assert await _purchases(world, session) == []


async def test_nothing_is_found_without_the_whole_reference(site: Site) -> None:
    buyer, session = await _buyer(site)
    guessed = buyer.link[:-1] + ("a" if buyer.link[-1] != "a" else "b")
    for path in (
        guessed,
        f"/checkout/{session['id']}",
        "/checkout/",
        f"{buyer.link}/odd",
        "/assets/nothing.css",
    ):
        missing = await buyer.send("GET", path)
        assert missing.status == 404, path
        assert "content-security-policy" in missing.headers
    card = await buyer.send("GET", f"{buyer.link}?card=4242424242424242")
    assert card.status == 400


async def test_what_is_not_sold_opens_no_page(site: Site) -> None:
    _, session = await _buyer(site)
    body = {"customer": session["customer"], "plan": "nothing"}
    refused = await site.api.post("/v1/checkout_sessions", body)
    assert refused.refusal == (422, "unknown_plan")
    body = {"customer": "cus_01h455vb4pex5vsknk084sn02q", "plan": "duo_monthly"}
    assert (await site.api.post("/v1/checkout_sessions", body)).status == 404
    assert (await site.api.get("/v1/checkout_sessions/cs_01h455vb4pex5vsknk084sn02q")).status == 404


async def test_a_failure_of_ours_is_no_refusal_of_the_card(world: World) -> None:
    # given an operator who mistyped a secret
    async with HttpClient() as client:
        connections = {
            one.code: Connection(replace(one, secrets=WRONG), Sandbox())
            for one in await read_merchants(world.run)
        }
        async with open_site(world, Gateway(connections, client)) as site:
            buyer, session = await _buyer(site, market=FREE)
            page = await buyer.pay("ok")
            assert page.state == "unavailable"
            assert "The cause is not your card" in page.text
            assert await _purchases(world, session) == [("failed",)]


async def test_without_card_fields_no_page_is_opened(world: World) -> None:
    async with HttpClient() as client, open_site(world, Gateway({}, client)) as site:
        customer = await site.api.post("/v1/customers", {"market": "DE", "name": "Erika Beispiel"})
        body = {"customer": customer.body["id"], "plan": "duo_monthly"}
        refused = await site.api.post("/v1/checkout_sessions", body)
        assert refused.refusal == (409, "checkout_not_offered")


async def test_an_expired_page_says_so_and_what_was_bought_outlives_it(
    site: Site, world: World
) -> None:
    late, _ = await _buyer(site, market=FREE)
    bought, session = await _buyer(site, market=FREE)
    gone, given_up = await _buyer(site)
    await bought.pay("ok")
    await gone.pay("challenge")
    await world.advance(world.now + timedelta(hours=25))
    page = await late.look("?lang=en")
    assert (page.state, page.status) == ("expired", 200)
    assert "This page has expired" in page.text
    assert (await bought.look()).state == "completed"
    assert await site.status(session) == "completed"
    # whose bank waited in vain was charged nothing
    assert await site.status(given_up) == "expired"
    assert await _purchases(world, given_up) == [("failed",)]
