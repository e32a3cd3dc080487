"""A bill run is paused in a real browser: it moves while one looks, and stops where one says so."""

from dataclasses import fields
from typing import Any, Final

from playwright.async_api import Browser, expect

from ledgerline.access.model import Role
from ledgerline.base.ids import BillRunId
from tests.browser.console import Place, signed_in
from tests.console.test_billing import bill, month_later
from tests.flow_world import World
from tests.storefront.site import Site

DESK: Final = {"width": 1440, "height": 900}
NARROW: Final = {"width": 360, "height": 740}
SHOPPERS: Final = 6
_ACT: Final = "form[method=post] button.button-primary"


async def test_a_run_is_paused_in_its_middle_and_bills_the_rest_once(
    browser: Browser, world: World, site: Site
) -> None:
    for _ in range(SHOPPERS):
        await world.buy(await world.shopper())
    run = await month_later(world)
    place = _empty(world, site)
    how: dict[str, Any] = {"viewport": DESK}
    async with (
        signed_in(browser, place, Role.FINANCE, "Mara", **how) as mara,
        signed_in(browser, place, Role.SUPPORT_LEAD, "Nils", viewport=NARROW) as nils,
    ):
        await mara.page.locator(".nav a", has_text="Bill runs").click()
        due = mara.page.locator("[data-value=due]")
        await expect(due).to_have_text(str(SHOPPERS))
        await nils.page.goto(f"{site.url}/console/bill-runs")
        # given a run that bills while people look
        assert (await bill(world, run, limit=2)).invoiced == 2
        await expect(due).to_have_text(str(SHOPPERS - 2))
        await expect(mara.page.locator("[data-value=invoiced]")).to_have_text("2")
        # when one of them pauses it
        await mara.page.get_by_role("link", name="Pause", exact=True).click()
        await mara.page.locator("#reason").fill("a price is wrong")
        await mara.page.locator(_ACT).dblclick()
        await mara.page.wait_for_url("**?done=billing_paused")
        # then whatever bills next does nothing, and the other sees it without a click
        await _bills_nothing(world, run)
        await expect(nils.page.locator(".notice")).to_contain_text("Paused by Mara")
        assert await nils.page.get_by_role("link", name="Resume").count() == 0
        assert await nils.sideways() == 0
        # when it is resumed, the rest is billed once
        await mara.page.get_by_role("link", name="Resume", exact=True).click()
        assert await mara.page.locator(_ACT).inner_text() == "Resume and bill €47.96"
        await mara.page.locator(_ACT).dblclick()
        await mara.page.wait_for_url("**?done=billing_resumed")
        assert (await bill(world, run)).invoiced == SHOPPERS - 2
        await _bills_nothing(world, run)
        await expect(due).to_have_text("0")
    renewed = await world.rows(
        "SELECT count(*), count(DISTINCT subscription_id) FROM invoice WHERE cause = 'renewal'"
    )
    assert renewed == [(SHOPPERS, SHOPPERS)]


async def _bills_nothing(world: World, run: BillRunId) -> None:
    assert (await bill(world, run)).total == 0


def _empty(world: World, site: Site) -> Place:
    """Name a console on which nothing but the runs is looked at."""
    names = {one.name: "" for one in fields(Place) if one.name not in {"world", "site"}}
    return Place(world=world, site=site, **names)
