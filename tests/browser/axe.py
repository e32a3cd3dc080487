"""What axe finds wrong on a page; only that leaves the browser, not the pages of what is right."""

from typing import Any, Final

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.async_api import Page

RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_FOUND: Final = """(how) => axe.run(document, {resultTypes: ['violations'], ...how}).then(
  (found) => found.violations.map((one) => [one.id, ...one.nodes.map(
    (node) => node.html.slice(0, 200))]))"""


async def violations(page: Page, **how: Any) -> list[list[str]]:
    """Return the id of each rule that is broken and where, by the options of ``axe.run``."""
    if not await page.evaluate("'axe' in window"):
        await page.add_script_tag(path=AXE_FILE_PATH)
    found: list[list[str]] = await page.evaluate(_FOUND, how)
    return found


def tags(*, is_colour_seen: bool = True) -> dict[str, Any]:
    """Ask for the published rules; those of colours are slow, and alike at every width."""
    rules = {} if is_colour_seen else {"rules": {"color-contrast": {"enabled": False}}}
    return {"runOnly": {"type": "tag", "values": RULES}, **rules}
