"""Being the payer on the page of a billing request flow."""

from typing import Final

import aiohttp

IBAN: Final = "DE89 3704 0044 0532 0130 00"


async def give(url: str, *, holder: str = "Ada Lovelace", account: str = IBAN) -> tuple[int, str]:
    """Give the mandate for an account; return the status, and where the page leads."""
    return await _say(url, answer="pass", account_holder_name=holder, account=account)


async def leave(url: str) -> tuple[int, str]:
    """Leave the page without a mandate; return the status, and where the page leads."""
    return await _say(url, answer="exit")


async def look(url: str) -> tuple[int, str]:
    """Open the page; return the status and what it says."""
    async with aiohttp.ClientSession() as browser, browser.get(url) as page:
        return page.status, await page.text()


async def _say(url: str, **said: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as browser,
        browser.post(url, data=said, allow_redirects=False) as end,
    ):
        return end.status, end.headers.get("location", "")
