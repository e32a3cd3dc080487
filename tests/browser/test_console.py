"""Working in a real browser: signing in once, refunding, deciding in twos, in every look."""

import csv
import io
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize

from ledgerline.access.model import Role
from tests.browser.axe import tags, violations
from tests.browser.console import Place, furnish, signed_in
from tests.browser.visit import visit
from tests.console.operator import link_for
from tests.flow_world import World
from tests.storefront.site import Site

FIRST_BYTES_MAX: Final = 100_000
AGAIN_BYTES_MAX: Final = 15_000
DESK: Final[ViewportSize] = {"width": 1440, "height": 900}
SAID: Final = "correct horse battery staple"
NARROW: Final[ViewportSize] = {"width": 360, "height": 740}
LOOKS: Final[Sequence[tuple[Literal["light", "dark"], ViewportSize]]] = (
    ("light", DESK), ("dark", NARROW), ("dark", DESK), ("light", NARROW),
)  # fmt: skip
PARTS: Final = 3
"""All screens are looked at in so many tests: one that hangs says which part it was."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(world: World, site: Site) -> AsyncIterator[Place]:
    """Furnish the console of a module."""
    yield await furnish(world, site)


async def test_a_link_that_was_used_opens_nothing(browser: Browser, place: Place) -> None:
    link = place.site.url + await link_for(place.world, Role.OWNER)
    async with visit(browser, link, viewport=DESK) as one:
        await one.page.locator("main form button").click()
        await one.page.wait_for_url("**/console")
        assert await one.page.locator("h1").inner_text() == "Overview"
    async with visit(browser, link, viewport=DESK) as other:
        await other.page.locator("main form button").click()
        assert "opens nothing" in await other.page.locator("h1").inner_text()
        other.faults[:] = [one for one in other.faults if "410" not in one]


async def test_a_session_that_is_ended_is_out_at_the_next_click(
    browser: Browser, place: Place
) -> None:
    async with (
        signed_in(browser, place, Role.OWNER, "Ona", viewport=DESK) as owner,
        signed_in(browser, place, Role.SUPPORT, "Sam", viewport=DESK) as sam,
    ):
        await owner.page.goto(f"{place.site.url}/console/sessions")
        row = owner.page.locator("tr", has_text="Sam").first
        await row.get_by_role("button", name="End the session").click()
        await owner.page.wait_for_selector("text=The session is ended.")
        await sam.page.locator(".nav a", has_text="Customers").click()
        assert "not signed in" in await sam.page.locator("h1").inner_text()


async def test_somebody_is_invited_and_signs_in_by_a_password(
    browser: Browser, place: Place
) -> None:
    async with signed_in(browser, place, Role.OWNER, "Ona", viewport=NARROW) as owner:
        link = await _invited(owner.page, place)
        async with visit(browser, link, viewport=DESK) as willa:
            await _chooses_a_password(willa.page)
        async with visit(browser, f"{place.site.url}/console/sign-in", viewport=NARROW) as again:
            await again.page.locator("#email").fill("willa@shop.example")
            await again.page.locator("#password").fill(SAID)
            await again.page.keyboard.press("Enter")
            await again.page.wait_for_url("**/console")
            await owner.page.goto(f"{place.site.url}/console/people")
            await owner.page.get_by_role("link", name="Willa").click()
            for _ in range(2):
                await owner.page.get_by_role("button", name="End the session").first.click()
                await owner.page.wait_for_url("**?done=session_ended")
            await again.page.reload()
            assert "not signed in" in await again.page.locator("h1").inner_text()


async def _invited(page: Page, place: Place) -> str:
    """Invite somebody and return their link."""
    await page.goto(f"{place.site.url}/console/people")
    await page.get_by_role("link", name="Invite somebody").click()
    await page.locator("#role").select_option("finance")
    await page.get_by_role("button", name="Show what it does").click()
    await page.locator("#email").fill("willa@shop.example")
    await page.locator("#name").fill("Willa")
    await page.get_by_role("button", name="Let them in as finance").click()
    await page.wait_for_url("**?done=person_added")
    await page.get_by_role("link", name="Willa").click()
    await page.get_by_role("button", name="Make a sign-in link").click()
    return await page.locator("#link").input_value()


async def _chooses_a_password(page: Page) -> None:
    await page.locator("main form button").click()
    await page.wait_for_url("**/console")
    await page.goto(f"{page.url}/account")
    await page.locator("#password").fill(SAID)
    await page.locator("#again").fill(SAID)
    await page.get_by_role("button", name="Keep it").click()
    await page.wait_for_url("**?done=password_set")


async def test_a_refund_says_what_it_does_and_is_made_once(browser: Browser, place: Place) -> None:
    async with signed_in(browser, place, Role.SUPPORT, "Sam", viewport=DESK) as sam:
        page = sam.page
        await page.goto(place.site.url + place.payment)
        await page.locator(".head a.button").click()
        await page.locator("#amount").fill("2.00")
        act = page.locator("form[method=post] button.button-primary")
        assert await act.is_disabled()  # it would refund what was shown before
        await page.get_by_role("button", name="Show what it does").click()
        assert await act.inner_text() == "Refund €2.00"
        await page.locator("#reason").fill("<img src=x onerror=alert(1)>")
        await act.dblclick()
        await page.wait_for_url("**?done=refunded")
        assert "−€5.40" in await page.locator(".rail").inner_text()
        await page.go_back()
        await page.goto(place.site.url + place.customer)
        assert "by Sam" in await page.locator(".timeline").inner_text()
    made = await place.world.rows("SELECT count(*) FROM refund WHERE amount_minor = 200")
    assert made == [(1,)]


async def test_a_fact_takes_two_people(browser: Browser, place: Place) -> None:
    async with (
        signed_in(browser, place, Role.FINANCE, "Mara", viewport=DESK) as mara,
        signed_in(browser, place, Role.SUPPORT_LEAD, "Nils", viewport=NARROW) as nils,
    ):
        act = "form[method=post] button.button-primary"
        await mara.page.goto(place.site.url + place.unsure)
        await mara.page.get_by_role("link", name="Say how it ended").click()
        await mara.page.locator("#ending").select_option("declined")
        await mara.page.get_by_role("button", name="Show what it does").click()
        await mara.page.locator("#note").fill("ticket 4711: refused")
        await mara.page.locator(act).click()
        await mara.page.locator(".rail a", has_text="declined").click()
        assert "You proposed this." in await mara.page.locator("main").inner_text()
        assert await mara.page.get_by_role("link", name="Approve").count() == 0
        await nils.page.goto(f"{place.site.url}/console/exceptions")
        await nils.page.locator(".notice a", has_text="declined").click()
        await nils.page.get_by_role("link", name="Approve").click()
        assert await nils.page.locator(act).inner_text() == "Approve: declined"
        await nils.page.locator(act).click()
        await nils.page.wait_for_url("**?done=evidence_approved")
    ended = await place.world.rows(
        "SELECT a.state FROM attempt AS a JOIN evidence_proposal AS e ON e.subject_id = a.id"
    )
    assert ended == [("declined",)]


async def test_the_palette_finds_by_keys_alone(browser: Browser, place: Place) -> None:
    async with signed_in(browser, place, viewport=DESK) as me:
        page = me.page
        await page.keyboard.press("Control+k")
        await page.locator("#palette a", has_text="Ledger").wait_for()
        await page.keyboard.type("clara.neumann@mail.example")
        await page.locator("#palette h2", has_text="Found").wait_for()
        await page.keyboard.press("ArrowDown")
        assert await page.evaluate("document.activeElement.textContent") != ""
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**{place.customer}")
        # where nothing is found it says what can be
        await page.locator("[data-find]").click()
        await page.keyboard.type("nothing of that kind")
        await page.locator("#palette [data-said]", has_text="Found are").wait_for()
        assert await page.locator("#palette a").count() == 0
        await page.keyboard.press("Escape")
        assert not await page.locator("#palette").is_visible()


async def test_a_large_refund_takes_two_people(browser: Browser, place: Place) -> None:
    act = "form[method=post] button.button-primary"
    async with (
        signed_in(browser, place, Role.SUPPORT, "Sam", viewport=DESK) as sam,
        signed_in(browser, place, Role.OWNER, "Ona", viewport=NARROW) as ona,
    ):
        await sam.page.goto(place.site.url + place.proposed)
        assert "Approve" not in await sam.page.locator(".head").inner_text()
        await ona.page.goto(f"{place.site.url}/console/exceptions")
        await ona.page.locator(".notice a", has_text="€10.00").click()
        await ona.page.locator(".head a.button-primary").click()
        assert await ona.page.locator(act).inner_text() == "Approve and refund €10.00"
        await ona.page.locator(act).dblclick()
        await ona.page.wait_for_url("**?done=refund_approved")
    made = await place.world.rows("SELECT count(*) FROM refund WHERE amount_minor = 1000")
    assert made == [(1,)]


async def test_without_scripts_everything_works(browser: Browser, place: Place) -> None:
    how: dict[str, Any] = {"java_script_enabled": False, "viewport": NARROW}
    async with signed_in(browser, place, Role.FINANCE, "Fay", **how) as fay:
        page = fay.page
        await page.goto(f"{place.site.url}{place.exception}/take")
        await page.locator("form[method=post] button.button-primary").click()
        await page.wait_for_url("**?done=assigned")
        await page.get_by_role("button", name="Menu").click()
        await page.locator(".nav a", has_text="Exceptions").click()
        await page.get_by_role("link", name="Mine").click()
        assert "provider told" in await page.locator("main").inner_text()


async def test_the_theme_is_chosen_and_kept(browser: Browser, place: Place) -> None:
    ground = "() => getComputedStyle(document.documentElement).backgroundColor"
    async with signed_in(browser, place, color_scheme="dark", viewport=DESK) as me:
        dark = await me.page.evaluate(ground)
        await me.page.locator("[data-theme-toggle]").click()
        assert await me.page.evaluate(ground) != dark
        await me.page.reload()
        assert await me.page.evaluate(ground) != dark


async def test_the_first_load_is_light_and_the_next_lighter(browser: Browser, place: Place) -> None:
    sizes = (
        "() => performance.getEntries().filter((one) => one.transferSize)"
        ".reduce((sum, one) => sum + one.transferSize, 0)"
    )
    async with signed_in(browser, place, viewport=DESK) as me:
        await me.page.goto(place.site.url + place.customer)
        assert await me.page.evaluate(sizes) <= AGAIN_BYTES_MAX
        assert me.origins == {place.site.url}
        client = await me.page.context.new_cdp_session(me.page)
        await client.send("Network.clearBrowserCache")
        await me.page.reload()
        assert await me.page.evaluate(sizes) <= FIRST_BYTES_MAX


@pytest.mark.parametrize("part", range(PARTS))
async def test_every_screen_can_be_used_by_everybody(
    browser: Browser, place: Place, part: int, *, long_form: bool
) -> None:
    """In every look in the long form; in the short one each in a look that its neighbour is not."""
    paths = (*place.pages, "/console/sign-in", "/console/nothing")
    how: dict[str, Any] = {"viewport": DESK, "bypass_csp": True, "reduced_motion": "reduce"}
    async with signed_in(browser, place, **how) as me:
        for number, path in list(enumerate(paths))[part::PARTS]:
            await me.page.goto(place.site.url + path)
            for viewport in (NARROW, DESK):
                await me.page.set_viewport_size(viewport)
                assert await me.sideways() == 0, (path, viewport)
            for scheme, viewport in LOOKS if long_form else LOOKS[number % len(LOOKS) :][:1]:
                await me.page.emulate_media(color_scheme=scheme)
                await me.page.set_viewport_size(viewport)
                assert await violations(me.page, **tags()) == [], (path, scheme, viewport)
        me.faults[:] = [one for one in me.faults if "404" not in one]


@pytest.mark.parametrize("language", ["de", "ar"])
async def test_the_main_screens_can_be_used_in_every_language(
    browser: Browser, place: Place, language: str
) -> None:
    """Their colours are those of English, and so are their scripts: neither is looked at again."""
    how: dict[str, Any] = {"viewport": NARROW, "bypass_csp": True, "reduced_motion": "reduce"}
    async with signed_in(browser, place, **how) as me:
        for path in ("/console", place.customer, place.payment, place.invoice):
            await me.page.goto(f"{place.site.url}{path}?lang={language}")
            assert await me.page.locator("html").get_attribute("lang") == language
            assert await me.sideways() == 0, path
            assert await violations(me.page, **tags(is_colour_seen=False)) == [], path


async def test_a_language_is_chosen_in_the_frame_and_kept(browser: Browser, place: Place) -> None:
    async with signed_in(browser, place, viewport=DESK) as me:
        await me.page.goto(f"{place.site.url}/console/payments?state=failed")
        await me.page.locator(".languages").get_by_text("العربية").click()
        await me.page.wait_for_url("**/console/payments?state=failed&lang=ar")
        assert await me.page.locator("html").get_attribute("dir") == "rtl"
        await me.page.locator(".nav a").first.click()
        assert await me.page.locator("h1").inner_text() == "نظرة عامة"


async def test_a_crawl_of_every_link_breaks_no_policy(browser: Browser, place: Place) -> None:
    async with signed_in(browser, place, viewport=DESK) as me:
        waiting = [one for one in place.pages if not one.endswith("q=nothing")]  # which is a 404
        seen = set[str]()
        while waiting:
            path = waiting.pop()
            if _kind(path) in seen:
                continue
            seen.add(_kind(path))
            reply = await me.page.goto(place.site.url + path)
            assert reply is not None
            assert reply.status == 200, path
            links = await me.page.eval_on_selector_all(
                "a[href^='/console']", "(all) => all.map((one) => one.getAttribute('href'))"
            )
            waiting += links
        assert me.origins == {place.site.url}


def _kind(path: str) -> str:
    """Return what page a path is of, whatever it shows there: one of a kind is visited."""
    return re.sub(r"/[a-z]+_[0-9a-z]{10,}", "/{id}", path.split("?", 1)[0].split("#", 1)[0])


async def test_an_export_is_opened_by_what_reads_tables(browser: Browser, place: Place) -> None:
    async with signed_in(browser, place, Role.FINANCE, "Fay", viewport=DESK) as fay:
        await fay.page.goto(f"{place.site.url}/console/invoices")
        async with fay.page.expect_download() as begun:
            await fay.page.get_by_role("button", name="Export").click()
        download = await begun.value
        assert download.suggested_filename == "invoices.csv"
        saved = Path(await download.path()).read_bytes().decode()  # noqa: ASYNC240 - a few lines
    rows = list(csv.DictReader(io.StringIO(saved, newline="")))
    billed = await place.world.rows("SELECT count(*), sum(total_minor) FROM invoice")
    assert [(len(rows), sum(int(one["total_minor"]) for one in rows))] == billed
    exported = await place.world.rows(
        "SELECT after ->> 'rows' FROM audit_entry WHERE act = 'invoices_exported'"
    )
    assert exported == [(str(len(rows)),)]
