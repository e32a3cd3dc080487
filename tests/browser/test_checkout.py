"""Buying in a real browser: with and without a challenge, mended, repeated, and in every look."""

from collections.abc import Sequence
from typing import Any, Final

import pytest
from playwright.async_api import Browser, Dialog, Route

from ledgerline.base.ids import PREFIXES, decode, encode
from tests.browser.axe import tags, violations
from tests.browser.visit import FREE, visit
from tests.flow_world import World
from tests.storefront.site import Site
from tests.storefront.test_consents import SAID, publish, text

CRITICAL_BYTES_MAX: Final = 30_000
AGAIN_BYTES_MAX: Final = 15_000
DESK: Final = {"width": 1440, "height": 900}
SMALL: Final = {"width": 320, "height": 640}
NARROW: Final = {"width": 360, "height": 740}
LOOKS: Final = [
    [(language, scheme, viewport) for language in languages for scheme in schemes]
    for viewport, languages, schemes in (
        (SMALL, ("de", "ar"), ("light", "dark")),
        (NARROW, ("ar", "de"), ("dark", "light")),
        (DESK, ("de", "ar"), ("light", "dark")),
    )
]
"""By width; of each the first is looked at in the short form of the tests."""


async def _link(site: Site, **more: Any) -> tuple[str, Any]:
    session = await site.session(**more)
    return site.url + session["url"], session


async def _bought(world: World, session: Any) -> list[str]:
    rows = await world.rows(
        "SELECT state FROM purchase WHERE checkout_session_id = %s ORDER BY state",
        decode(PREFIXES["checkout_session"], session["id"]),
    )
    return [str(state) for (state,) in rows]


async def test_a_buyer_without_a_challenge(browser: Browser, site: Site, world: World) -> None:
    link, session = await _link(site, market=FREE)
    async with visit(browser, link) as buyer:
        await buyer.type_card()
        await buyer.order()
        await buyer.stands("completed")
        assert await buyer.page.locator("h1").inner_text() == "Thank you"
        assert await buyer.page.locator(".bill").inner_text() != ""
    assert await _bought(world, session) == ["completed"]


async def test_a_buyer_with_a_challenge_in_the_page(
    browser: Browser, site: Site, world: World
) -> None:
    link, session = await _link(site, locale="en")
    async with visit(browser, link, viewport=DESK) as buyer:
        await buyer.type_card()
        await buyer.order()
        await buyer.stands("action_required")
        await buyer.confirm()
        await buyer.stands("completed")
        # a reload and the way back show the same, and buy nothing
        await buyer.page.reload()
        await buyer.stands("completed")
        await buyer.page.go_back()
        await buyer.stands("completed")
    assert await _bought(world, session) == ["completed"]


async def test_a_challenge_that_is_failed_and_one_that_is_closed(
    browser: Browser, site: Site, world: World
) -> None:
    link, session = await _link(site, locale="en")

    async def agree(dialog: Dialog) -> None:
        await dialog.accept()

    async with visit(browser, link) as buyer:
        await buyer.type_card()
        await buyer.order()
        await buyer.confirm("fail")
        await buyer.stands("declined")
        assert "not confirmed with your bank" in await buyer.page.locator("#alert").inner_text()
        await buyer.type_card()
        await buyer.order()
        await buyer.stands("action_required")
        buyer.page.on("dialog", agree)
        await buyer.page.locator(".challenge-head button").click()
        await buyer.stands("open")
    assert await _bought(world, session) == ["failed", "failed"]


async def test_a_refused_card_is_mended(browser: Browser, site: Site, world: World) -> None:
    link, session = await _link(site, market=FREE)
    async with visit(browser, link) as buyer:
        await buyer.type_card("funds")
        await buyer.order()
        await buyer.stands("declined")
        focused = await buyer.page.evaluate("() => document.activeElement.id")
        assert focused == "alert"
        await buyer.type_card()
        await buyer.order()
        await buyer.stands("completed")
    assert await _bought(world, session) == ["completed", "failed"]


async def test_a_coupon_and_an_add_on_change_what_is_bought(
    browser: Browser, site: Site, world: World
) -> None:
    link, session = await _link(site, market=FREE)
    async with visit(browser, link, bypass_csp=True) as buyer:
        page = buyer.page
        due = page.locator(".bill dd.due")
        whole = await due.inner_text()
        # a wrong code is said beside its field, to whoever sees and whoever hears
        await page.locator(".coupon summary").click()
        await page.locator("#code").fill("nobody")
        await page.get_by_role("button", name="Apply").click()
        assert await page.locator("#code-wrong").is_visible()
        assert await page.evaluate("() => document.activeElement.id") == "code"
        for width in (320, 1440):
            await page.set_viewport_size({"width": width, "height": 800})
            assert await buyer.sideways() == 0
            assert await violations(page, iframes=False) == []
        buyer.faults[:] = [one for one in buyer.faults if "422" not in one]
        await page.locator("#code").fill("welcome50")
        await page.get_by_role("button", name="Apply").click()
        reduced = await due.inner_text()
        await page.get_by_role("button", name="Add ").click()
        assert len({whole, reduced, await due.inner_text()}) == 3
        shown = await due.inner_text()
        await buyer.type_card()
        await buyer.order()
        await buyer.stands("completed")
        assert shown == await due.inner_text()
    assert await _bought(world, session) == ["completed"]


@pytest.mark.parametrize("scripts", [True, False])
async def test_who_is_known_types_no_card(
    browser: Browser, site: Site, world: World, *, scripts: bool
) -> None:
    shopper = await world.shopper(FREE)
    body = {"customer": encode(PREFIXES["customer"], shopper.customer_id),
            "plan": "individual_monthly", "trial": False}  # fmt: skip
    session = (await site.api.post("/v1/checkout_sessions", body)).body
    async with visit(browser, site.url + session["url"], java_script_enabled=scripts) as buyer:
        page = buyer.page
        assert await page.locator(".method-body").is_hidden()
        await page.get_by_text("Use another card").click()
        assert await page.locator(".method-body").is_visible()
        await page.locator("label.choice").click()
        await buyer.order()
        await buyer.stands("completed")
    assert await _bought(world, session) == ["completed"]


async def test_what_is_wrong_is_said_beside_its_field(browser: Browser, site: Site) -> None:
    link, _ = await _link(site, market=FREE)
    async with visit(browser, link) as buyer:
        fields = buyer.page.frame_locator(".frame iframe")
        await fields.locator("#number").fill("1234")
        # the provider answers 422, which a browser's console tells
        await buyer.order()
        await fields.locator("#bad-number").wait_for()
        assert await fields.locator("#number").get_attribute("aria-invalid") == "true"
        assert await fields.locator("#bad-code").is_visible()
        await buyer.page.wait_for_selector("button[type=submit]:not([aria-disabled])")
        buyer.faults[:] = [one for one in buyer.faults if "422" not in one]


async def test_a_double_click_is_one_purchase(browser: Browser, site: Site, world: World) -> None:
    link, session = await _link(site, market=FREE)
    async with visit(browser, link) as buyer:
        await buyer.type_card()
        await buyer.page.locator("form.form button[type=submit]").dblclick()
        await buyer.stands("completed")
    assert await _bought(world, session) == ["completed"]


async def test_two_tabs_and_the_back_button_are_one_purchase(
    browser: Browser, site: Site, world: World
) -> None:
    link, session = await _link(site, market=FREE)
    async with visit(browser, link) as one, visit(browser, link) as other:
        await one.type_card()
        await other.type_card()
        await one.order()
        await one.stands("completed")
        await other.order()
        await other.stands("completed")
        await other.page.go_back()
        await other.stands("completed")
    assert await _bought(world, session) == ["completed"]


async def test_a_lost_reply_is_one_purchase(browser: Browser, site: Site, world: World) -> None:
    link, session = await _link(site, market=FREE)
    async with visit(browser, link) as buyer:

        async def lose(route: Route) -> None:
            await route.fetch(max_redirects=0)  # it arrives, and its answer does not
            await route.abort()

        await buyer.page.route("**/pay*", lose)
        await buyer.type_card()
        await buyer.order()
        await buyer.page.wait_for_function("location.protocol === 'chrome-error:'")
        await buyer.page.goto(link)
        await buyer.stands("completed")
        buyer.faults[:] = [one for one in buyer.faults if "ERR_FAILED" not in one]
    assert await _bought(world, session) == ["completed"]


async def test_a_failure_of_ours_takes_no_waiting_page_away(browser: Browser, site: Site) -> None:
    session = await site.session(market=FREE)
    async with visit(browser, site.url + session["url"]) as buyer:
        await buyer.type_card("pending")
        await buyer.order()
        await buyer.stands("pending")
        await buyer.page.route("**/state", lambda route: route.fulfill(status=503, body="no"))
        await buyer.page.evaluate("window.isSame = true")
        for _ in range(2):
            async with buyer.page.expect_response("**/state") as asked:
                assert (await asked.value).status == 503
        assert await buyer.page.evaluate("window.isSame")
        buyer.faults[:] = [one for one in buyer.faults if "503" not in one]


async def test_without_scripts_the_provider_is_visited(
    browser: Browser, site: Site, world: World
) -> None:
    link, session = await _link(site, locale="en")
    async with visit(browser, link, java_script_enabled=False) as buyer:
        page = buyer.page
        await page.locator("noscript a, a.button").first.click()
        await page.locator("#number").fill("4242424242424242")
        await page.locator("#expiry").fill("12/30")
        await page.locator("#code").fill("123")
        await page.locator("button").click()
        await page.locator("form.form button[type=submit]").click()
        await page.locator("a.button-primary").click()
        await page.locator("button[value=pass]").click()
        assert await page.locator("h1").inner_text() == "Thank you"
    assert await _bought(world, session) == ["completed"]


async def test_the_page_says_light_or_dark_as_its_reader_wants(
    browser: Browser, site: Site
) -> None:
    link, _ = await _link(site)
    ground = "() => getComputedStyle(document.documentElement).backgroundColor"
    async with visit(browser, link, color_scheme="dark") as buyer:
        dark = await buyer.page.evaluate(ground)
        await buyer.page.locator("[data-theme-toggle]").click()
        light = await buyer.page.evaluate(ground)
        assert dark != light
        await buyer.page.reload()
        assert await buyer.page.evaluate(ground) == light


async def test_a_long_address_makes_no_page_wider(browser: Browser, site: Site) -> None:
    email = f"{'long.name.' * 6}x@{'mail.' * 20}example"
    session = await site.session(email=email)
    narrow = {"width": 320, "height": 640}
    async with visit(browser, site.url + session["url"], viewport=narrow) as buyer:
        assert email in await buyer.page.locator(".account").inner_text()
        assert await buyer.sideways() == 0


async def test_a_language_is_chosen_and_kept(browser: Browser, site: Site) -> None:
    link, _ = await _link(site, market=FREE)
    async with visit(browser, link) as buyer:
        await buyer.page.locator(".menu summary").click()
        await buyer.page.locator(".menu-list a[lang=ar]").click()
        assert await buyer.page.locator("html").get_attribute("dir") == "rtl"
        assert await buyer.sideways() == 0
        await buyer.type_card()
        await buyer.order()
        await buyer.stands("completed")
        assert await buyer.page.locator("html").get_attribute("lang") == "ar"


async def test_the_first_load_is_light_and_asks_only_us_and_the_provider(
    browser: Browser, site: Site, world: World
) -> None:
    link, _ = await _link(site, add_ons=[{"plan": "lossless_monthly"}])
    async with visit(browser, link) as buyer:
        await buyer.page.wait_for_selector(".frame:not([data-waits])")
        assert buyer.origins == {site.url, f"http://127.0.0.1:{world.simulator.port}"}
        found = await buyer.page.evaluate(
            "() => performance.getEntries().filter((one) => one.transferSize)"
            ".map((one) => [one.name, one.initiatorType, one.transferSize])"
        )
        sizes = {
            name: size
            for name, kind, size in found
            if kind in {"navigation", "link", "script"} and site.url in name and "svg" not in name
        }
        again = await buyer.loaded_again()
    assert len(sizes) == 3, sizes
    assert sum(sizes.values()) <= CRITICAL_BYTES_MAX, sizes
    assert again <= AGAIN_BYTES_MAX


@pytest.mark.parametrize("looks", LOOKS, ids=["320", "360", "1440"])
async def test_every_state_can_be_used_by_everybody(
    browser: Browser, site: Site, looks: Sequence[tuple[str, str, dict[str, int]]], *,
    long_form: bool,
) -> None:  # fmt: skip
    for language, scheme, viewport in looks if long_form else looks[:1]:
        await _every_state(browser, site, language, scheme, viewport)


async def _every_state(
    browser: Browser, site: Site, language: str, scheme: str, viewport: dict[str, int]
) -> None:
    links = {
        "open": None, "trial": None, "pending": "pending", "declined": "funds", "completed": "ok",
        "action_required": "challenge",
    }  # fmt: skip
    for state, card in links.items():
        market = "DE" if state in {"open", "trial", "action_required"} else FREE
        link, _ = await _link(site, market=market, trial=state == "trial")
        how: dict[str, Any] = {"color_scheme": scheme, "viewport": viewport, "bypass_csp": True}
        async with visit(browser, f"{link}?lang={language}", **how) as buyer:
            if card is not None:
                await buyer.type_card(card)
                await buyer.order()
                await buyer.stands(state)
            else:
                await buyer.page.wait_for_selector(".frame:not([data-waits])")
            assert await buyer.sideways() == 0, state
            assert await violations(buyer.page, iframes=False, **tags()) == [], state


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_providers_fields_can_be_used_by_everybody(
    browser: Browser, world: World, scheme: str
) -> None:
    fields = f"http://127.0.0.1:{world.simulator.port}/aster/fields?back=http://127.0.0.1:1/"
    for language in ("de", "ar"):
        url = f"{fields}&language={language}"
        async with visit(browser, url, color_scheme=scheme, bypass_csp=True) as buyer:
            assert await violations(buyer.page) == []


async def test_what_a_market_wants_confirmed_is_read_and_ticked(
    browser: Browser, site: Site, world: World
) -> None:
    # given texts of a market, published while nobody else buys there any more
    await publish(world, *(text(kind, code, said) for (kind, code), said in SAID.items()))
    link, session = await _link(site, market=FREE)
    async with visit(browser, link, bypass_csp=True) as buyer:
        page = buyer.page
        boxes = page.locator(".confirm input")
        assert [await box.is_checked() for box in await boxes.all()] == [False, False]
        for width in (320, 1440):
            await page.set_viewport_size({"width": width, "height": 800})
            assert await buyer.sideways() == 0
            assert await violations(page, iframes=False) == []
        # the browser holds the order back, and nothing is asked of the provider
        await buyer.type_card()
        await buyer.order()
        await buyer.stands("open")
        assert await _bought(world, session) == []
        for box in await boxes.all():
            await box.check()
        await page.get_by_role("button", name="Subscribe and pay").click()
        await buyer.stands("completed")
    assert await _bought(world, session) == ["completed"]
