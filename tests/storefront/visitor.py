"""A customer in the portal without a browser: keeps a cookie, reads pages and posts their forms."""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Final

import aiohttp

from tests.storefront.buyer import CARDS, Seen
from tests.storefront.site import Site

_FORM: Final = re.compile(r'<form[^>]* action="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)
_FIELDS: Final = re.compile(r'data-fields="([^"]+)"')
_ACTION: Final = re.compile(r'href="([^"]+)" rel="noreferrer"')
_HIDDEN: Final = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@dataclass(slots=True)
class Visitor:
    """Somebody with a link, and from then on with a cookie."""

    site: Site
    cookies: dict[str, str] = field(default_factory=dict)
    text: str = ""

    async def enter(self, customer: str, **said: object) -> Seen:
        """Use a link and read the page that it leads to."""
        link = await self.site.portal(customer, **said)
        await self.look(link)
        return await self.post(link)

    async def look(self, path: str, **headers: str) -> Seen:
        """Read a page and what it leads on to."""
        return await self._follow("GET", path, None, headers)

    async def post(self, action: str, *, changed: dict[str, str] | None = None) -> Seen:
        """Post the form of the last page that goes to an address, and follow where it leads."""
        return await self._follow("POST", action, {**self.form(action), **(changed or {})}, {})

    async def send(
        self,
        method: str,
        path: str,
        form: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Seen:
        """Ask for anything with the cookie, and follow nothing."""
        said = {**(headers or {})}
        if self.cookies:
            said["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        session = self.site.api.session
        async with session.request(
            method, self.site.url + path, data=form, headers=said, allow_redirects=False
        ) as reply:
            for name, morsel in reply.cookies.items():
                self.cookies[name] = morsel.value
            session.cookie_jar.clear()
            named = {name.lower(): value for name, value in reply.headers.items()}
            return Seen(reply.status, (await reply.read()).decode("utf-8", "replace"), named)

    async def card(self, card: str = "ok") -> dict[str, str]:
        """Type a card into the provider's fields of the last page; return what they give."""
        found = _FIELDS.search(self.text)
        assert found is not None, self.text
        typed = {"number": CARDS[card], "expiry": "12 / 30", "code": "123"}
        async with aiohttp.ClientSession() as provider:
            url = unescape(found[1]).partition("?")[0]
            reply = await provider.post(f"{url}/tokens", json=typed)
            given = await reply.json()
        return {name: str(given[name]) for name in ("token", "brand", "last4")}

    async def at_bank(self, answer: str = "pass") -> Seen:
        """Answer the bank to which the last page leads, and come back."""
        found = _ACTION.search(self.text)
        assert found is not None, self.text
        async with aiohttp.ClientSession() as bank:
            reply = await bank.post(
                unescape(found[1]), data={"answer": answer}, allow_redirects=False
            )
            back = reply.headers["location"].removeprefix(self.site.url)
        return await self.look(back)

    def form(self, action: str) -> dict[str, str]:
        """Return what a form of the last page says."""
        for to, inside in _FORM.findall(self.text):
            if unescape(to) == action:
                return {name: unescape(value) for name, value in _HIDDEN.findall(inside)}
        raise AssertionError((action, [to for to, _ in _FORM.findall(self.text)], self.text))

    def actions(self) -> list[str]:
        """List where the forms of the last page go."""
        return [unescape(to) for to, _ in _FORM.findall(self.text)]

    async def _follow(
        self, method: str, path: str, form: dict[str, str] | None, headers: dict[str, str]
    ) -> Seen:
        seen = await self.send(method, path, form, headers)
        while seen.status == 303:
            path = seen.headers["location"].removeprefix(self.site.url)
            seen = await self.send("GET", path)
        self.text = seen.text
        return seen
