"""A visit of a browser: what it logged, what it loaded, and a card typed into a frame."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Page, Request

from tests.storefront.buyer import CARDS

_PHONE: Final = {"width": 390, "height": 844}
FREE: Final = "US"
PATIENCE_MS: Final = 200_000
"""A busy machine is no fault."""


@dataclass
class Visit:
    """A page, what went wrong on it, and the origins it asked."""

    page: Page
    faults: list[str] = field(default_factory=list)
    origins: set[str] = field(default_factory=set)

    def note(self, message: ConsoleMessage) -> None:
        """Keep what the console complains of."""
        if message.type in {"error", "warning"}:
            self.faults.append(message.text)

    def ask(self, request: Request) -> None:
        """Keep which origin is asked."""
        parts = urlsplit(request.url)
        if parts.scheme.startswith("http"):
            self.origins.add(f"{parts.scheme}://{parts.netloc}")

    async def type_card(self, card: str = "ok") -> None:
        """Fill the provider's fields."""
        fields = self.page.frame_locator(".frame iframe")
        await fields.locator("#number").fill(CARDS[card])
        await fields.locator("#expiry").fill("1230")
        await fields.locator("#code").fill("123")

    async def order(self) -> None:
        """Press the button of the order."""
        await self.page.locator("form.form button[type=submit]").click()

    async def confirm(self, answer: str = "pass") -> None:
        """Answer the bank in its dialog."""
        bank = self.page.frame_locator("dialog iframe")
        await bank.locator(f"button[value={answer}]").click()

    async def stands(self, state: str) -> None:
        """Wait until the page says where the checkout stands."""
        await self.page.wait_for_selector(f'body[data-state="{state}"]')

    async def loaded_again(self) -> int:
        """Load the page once more; return how many bytes of ours that took over the wire."""
        await self.page.reload()
        await self.page.wait_for_load_state("networkidle")
        found = await self.page.evaluate(
            "() => performance.getEntries().filter((one) => one.transferSize"
            " && one.name.startsWith(location.origin)).map((one) => one.transferSize)"
        )
        return int(sum(found))

    async def sideways(self) -> int:
        """Return by how many pixels the page is wider than its window."""
        found = await self.page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return int(found)

    async def cut(self) -> list[str]:
        """Return what on the page has more inside than it shows, and can only be scrolled to."""
        found: list[str] = await self.page.evaluate(
            "() => [...document.querySelectorAll('body *')].filter((one) =>"
            " !one.closest('.visually-hidden, iframe, textarea') && one.clientWidth > 1"
            " && getComputedStyle(one).overflowX !== 'visible'"
            " && one.scrollWidth > one.clientWidth).map((one) => one.outerHTML.slice(0, 200))"
        )
        return found


@asynccontextmanager
async def visit(browser: Browser, url: str = "", **how: Any) -> AsyncGenerator[Visit]:
    """Open a page of its own; whatever the console complains of fails the test."""
    said: dict[str, Any] = {"viewport": _PHONE, **how}
    context = await browser.new_context(**said)
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    made = Visit(page)
    page.on("console", made.note)
    page.on("request", made.ask)
    page.on("pageerror", lambda error: made.faults.append(str(error)))
    if url:
        await page.goto(url)
    yield made
    assert made.faults == [], made.faults
    await context.close()
