"""The portal in a real browser: mended, changed, canceled and taken back, and in every look."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final, Literal, NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ViewportSize

from ledgerline.base.ids import PREFIXES, encode
from ledgerline.web.language import NAMES
from tests.browser.axe import tags, violations
from tests.browser.test_checkout import AGAIN_BYTES_MAX, DESK
from tests.browser.visit import FREE, Visit, visit
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.numbering import number_all
from tests.storefront.site import Site

CRITICAL_BYTES_MAX: Final = 30_000
_LOOKS: Final[tuple[tuple[Literal["light", "dark"], ViewportSize], ...]] = (
    ("light", {"width": 1440, "height": 900}),
    ("dark", {"width": 320, "height": 740}),
)


class Somebody(NamedTuple):
    """A customer with a plan."""

    customer: str
    subscription: str
    bought: Bought


async def _somebody(world: World, shopper: Shopper, plan: str) -> Somebody:
    bought = await world.buy(shopper, plan)
    return Somebody(
        encode(PREFIXES["customer"], shopper.customer_id),
        encode(PREFIXES["subscription"], bought.subscription_id),
        bought,
    )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def late(world: World) -> AsyncIterator[Somebody]:
    """Give somebody whose renewal was declined."""
    shopper = await world.shopper(FREE)
    somebody = await _somebody(world, shopper, "individual_monthly")
    await world.steal_card(shopper, "tok_decline_insufficient_funds_late")
    await world.advance(world.now + timedelta(days=33))
    await number_all(world.run)
    yield somebody


async def _enter(page: Visit, site: Site, customer: str, **said: object) -> None:
    await page.page.goto(site.url + await site.portal(customer, **said))
    await page.page.locator("button[type=submit]").click()
    await page.stands("portal")


async def test_a_link_that_was_used_opens_nothing(
    browser: Browser, site: Site, world: World
) -> None:
    one = await _somebody(world, await world.shopper(FREE), "individual_monthly")
    link = site.url + await site.portal(one.customer)
    async with visit(browser, link) as first:
        await first.page.reload()  # a look uses nothing up
        await first.page.locator("button[type=submit]").click()
        await first.stands("portal")
    async with visit(browser) as second:
        answer = await second.page.goto(link)
        assert answer is not None
        assert answer.status == 410
        assert await second.page.locator("h1").inner_text() == "This link was used already"
        second.faults[:] = [one for one in second.faults if "410" not in one]


async def test_a_plan_costs_what_its_preview_said(
    browser: Browser, site: Site, world: World
) -> None:
    one = await _somebody(world, await world.shopper(FREE), "individual_monthly")
    async with visit(browser, viewport=DESK) as somebody:
        await _enter(somebody, site, one.customer)
        page = somebody.page
        await page.get_by_role("link", name="Change plan").click()
        await page.get_by_role("link", name="See what it costs Family, monthly").click()
        due = await page.locator(".bill dd.due").inner_text()
        await page.get_by_role("button", name=f"Pay {due} and change").click()
        assert await page.locator("[role=status]").inner_text() == "Your plan was changed."
        assert "Family" in await page.locator(".hero h2").inner_text()
    [(minor,)] = await world.rows(
        "SELECT p.captured_minor FROM payment AS p JOIN invoice AS i ON i.id = p.invoice_id"
        " WHERE i.subscription_id = %s AND i.cause = 'change'",
        one.bought.subscription_id,
    )
    assert due == f"${minor / 100:.2f}"


async def test_a_plan_is_canceled_by_two_clicks_and_kept_by_one(
    browser: Browser, site: Site, world: World
) -> None:
    one = await _somebody(world, await world.shopper(FREE), "duo_monthly")
    async with visit(browser) as somebody:
        await _enter(somebody, site, one.customer)
        page = somebody.page
        await page.get_by_role("link", name="Cancel plan").click()
        await page.get_by_role("button", name="Cancel Duo, monthly").click()
        assert "Ends on" in await page.locator(".status").inner_text()
        await page.get_by_role("button", name="Keep my plan").click()
        assert await page.locator(".status").inner_text() == "Active"
    assert await world.state(one.bought.subscription_id) == "active"


async def test_a_plan_is_paused_and_goes_on(browser: Browser, site: Site, world: World) -> None:
    one = await _somebody(world, await world.shopper(FREE), "duo_monthly")
    await world.advance(world.now + timedelta(days=3))
    async with visit(browser, bypass_csp=True) as somebody:
        await _enter(somebody, site, one.customer)
        page = somebody.page
        await page.get_by_role("link", name="Pause plan").click()
        await _check(somebody, "pause")
        await page.get_by_role("button", name="Pause now").click()
        assert await page.locator(".status").inner_text() == "Paused"
        await _check(somebody, "paused")
        await page.get_by_role("link", name="Resume plan").click()
        await _check(somebody, "resume")
        await page.get_by_role("button", name="Resume now").click()
        assert await page.locator(".status").inner_text() == "Active"
    assert await world.state(one.bought.subscription_id) == "active"


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_everybody_can_use_every_page(
    browser: Browser, site: Site, world: World, late: Somebody, language: str
) -> None:
    invoice = await world.value(
        "SELECT id FROM invoice WHERE subscription_id = %s AND state = 'open'",
        late.bought.subscription_id,
    )
    other = await _somebody(world, await world.shopper(FREE), "individual_monthly")
    to = f"/portal/plan/{other.subscription}"
    pages = {
        late.customer: (
            "/portal", f"/portal/pay/{encode(PREFIXES['invoice'], invoice)}", "/portal/papers",
            "/portal/cards/new", f"/portal/cancel/{late.subscription}",
            f"/portal/plan/{late.subscription}/family_monthly",
        ),
        other.customer: (
            "/portal", to, f"{to}/family_monthly", "/portal/cards", "/portal/credit",
            "/portal/account", "/portal/address", f"/portal/withdraw/{other.subscription}",
        ),
    }  # fmt: skip
    for customer, paths in pages.items():
        async with visit(browser, viewport=DESK, bypass_csp=True) as somebody:
            await somebody.page.goto(f"{site.url}{await site.portal(customer)}?lang={language}")
            await _check(somebody, "gate")
            await somebody.page.locator("button[type=submit]").click()
            await somebody.page.goto(f"{site.url}/portal?lang={language}")
            for path in paths:
                await somebody.page.goto(site.url + path)
                await _check(somebody, path)
            somebody.faults[:] = [one for one in somebody.faults if "409" not in one]


async def test_a_phone_shows_every_tab_in_every_language(
    browser: Browser, site: Site, late: Somebody
) -> None:
    async with visit(browser, viewport={"width": 320, "height": 640}) as somebody:
        await _enter(somebody, site, late.customer)
        for code in NAMES:
            await somebody.page.goto(f"{site.url}/portal?lang={code}")
            assert await somebody.cut() == [], code
            assert await somebody.sideways() == 0, code


async def _check(somebody: Visit, path: str) -> None:
    """Look at a page in light at a desk, and in the dark on a phone."""
    for scheme, size in _LOOKS:
        await somebody.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await somebody.page.set_viewport_size(size)
        assert await somebody.sideways() == 0, (path, scheme)
        assert await somebody.cut() == [], (path, scheme)
        assert await violations(somebody.page, iframes=False, **tags()) == [], (path, scheme)


async def test_a_failed_renewal_is_mended_with_a_new_card(
    browser: Browser, site: Site, world: World, late: Somebody
) -> None:
    async with visit(browser) as somebody:
        await _enter(somebody, site, late.customer)
        page = somebody.page
        assert "is still open" in await page.locator(".alert h2").inner_text()
        await page.get_by_role("link", name="Use another card").click()
        await somebody.type_card()
        await page.locator("form[data-checkout] button[type=submit]").click()
        await page.wait_for_url("**/portal/cards?done=saved")
        await page.get_by_role("link", name="Overview").click()
        await page.locator(".alert .button-primary").click()
        await page.locator("main button[type=submit]").click()
        assert await page.locator("h1").inner_text() == "Thank you"
        # nothing is open any more, and the way back pays nothing again
        await page.go_back()
        await page.goto(f"{site.url}/portal")
        assert await page.locator(".alert").count() == 0
        assert await page.locator(".status").inner_text() == "Active"
    assert await world.state(late.bought.subscription_id) == "active"


async def test_without_scripts_all_works_but_the_fields(
    browser: Browser, site: Site, world: World
) -> None:
    one = await _somebody(world, await world.shopper(FREE), "individual_monthly")
    async with visit(browser, java_script_enabled=False) as somebody:
        page = somebody.page
        await page.goto(site.url + await site.portal(one.customer, leads_to="update_method"))
        await page.locator("button[type=submit]").click()
        await page.locator("noscript a, .form-plain a.button").first.click()
        await page.locator("#number").fill("4242424242424242")
        await page.locator("#expiry").fill("12/30")
        await page.locator("#code").fill("123")
        await page.locator("button").click()
        await page.locator("form[data-checkout] button[type=submit]").click()
        assert "Your card is saved." in await page.locator("[role=status]").inner_text()


async def test_the_first_page_is_light(browser: Browser, site: Site, world: World) -> None:
    one = await _somebody(world, await world.shopper(FREE), "individual_monthly")
    async with visit(browser) as somebody:
        await _enter(somebody, site, one.customer)
        assert somebody.origins == {site.url}
        found = await somebody.page.evaluate(
            "() => performance.getEntries().filter((one) => one.encodedBodySize)"
            ".map((one) => [one.name, one.initiatorType, one.encodedBodySize])"
        )
        again = await somebody.loaded_again()
    sizes = {
        name: size
        for name, kind, size in found
        if kind in {"navigation", "link", "script"} and "svg" not in name
    }
    assert again <= AGAIN_BYTES_MAX
    assert len(sizes) == 3, sizes
    assert sum(sizes.values()) <= CRITICAL_BYTES_MAX, sizes
