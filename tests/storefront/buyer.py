"""A buyer without a browser: reads pages, fills their forms and answers banks over HTTP."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Final
from urllib.parse import parse_qs, urlsplit

import aiohttp

from tests.storefront.site import Site

CARDS: Final = {
    "ok": "4242424242424242",
    "challenge": "4000000000003220",
    "pending": "4000000000000077",
    "lost_answer": "4000000000000341",
    "funds": "4000000000009995",
    "stolen": "4000000000009979",
}
_HIDDEN: Final = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_FIELDS: Final = re.compile(r'data-fields="([^"]+)"')
_ACTION: Final = re.compile(r'<a class="[^"]*" href="([^"]+)" rel="noreferrer"')


@dataclass(frozen=True, slots=True)
class Seen:
    """One page as it was answered."""

    status: int
    text: str
    headers: dict[str, str]

    @property
    def state(self) -> str:
        """Return what the page says of itself."""
        found = re.search(r'data-state="([a-z_]+)"', self.text)
        return "" if found is None else found[1]

    @property
    def hidden(self) -> dict[str, str]:
        """Return what its form says."""
        return {name: unescape(value) for name, value in _HIDDEN.findall(self.text)}

    def form(self, step: str) -> dict[str, str]:
        """Return what the first form says that goes to a step of the page."""
        found = re.search(rf'<form[^>]*/{step}["?][^>]*>(.*?)</form>', self.text, re.DOTALL)
        assert found is not None, self.text
        return {name: unescape(value) for name, value in _HIDDEN.findall(found[1])}

    @property
    def action(self) -> str:
        """Return where the bank waits."""
        found = _ACTION.search(self.text)
        assert found is not None, self.text
        return unescape(found[1])


@dataclass(frozen=True, slots=True)
class Buyer:
    """Somebody at a page."""

    site: Site
    link: str

    async def look(self, query: str = "", **headers: str) -> Seen:
        """Read the page."""
        return await self.send("GET", f"{self.link}{query}", headers=headers)

    async def send(
        self,
        method: str,
        path: str,
        *,
        form: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Seen:
        """Ask for anything of the site, and follow nothing."""
        session = self.site.api.session
        async with session.request(
            method, self.site.url + path, data=form, headers=headers, allow_redirects=False
        ) as reply:
            named = {name.lower(): value for name, value in reply.headers.items()}
            return Seen(reply.status, (await reply.read()).decode(), named)

    async def filled(self, page: Seen, card: str) -> dict[str, str]:
        """Type a card into the provider's fields and return the form that is then posted."""
        found = _FIELDS.search(page.text)
        assert found is not None, page.text
        fields = unescape(found[1]).partition("?")[0]
        typed = {"number": CARDS[card], "expiry": "12 / 30", "code": "123"}
        async with aiohttp.ClientSession() as provider:
            reply = await provider.post(f"{fields}/tokens", json=typed)
            assert reply.status == 200, await reply.text()
            return {**page.hidden, **await reply.json()}

    async def pay(self, card: str) -> Seen:
        """Order with a card and see the page that follows."""
        form = await self.filled(await self.look(), card)
        posted = await self.send("POST", f"{self.link}/pay", form=form)
        assert (posted.status, posted.headers["location"]) == (303, self.link), posted
        return await self.look()

    async def answer(self, url: str, answer: str) -> str:
        """Answer the bank and return where it leads back to, below the origin."""
        async with aiohttp.ClientSession() as bank:
            reply = await bank.post(url, data={"answer": answer}, allow_redirects=False)
            parts = urlsplit(reply.headers["location"])
            return f"{parts.path}?{parts.query}"


def parameters(url: str) -> dict[str, list[str]]:
    """Read the parameters of an address."""
    return parse_qs(urlsplit(url).query)
