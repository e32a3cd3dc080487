"""Somebody who works at the console, without a browser: signs in, reads pages and sends forms."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from html import unescape
from typing import Final

from ledgerline.access.model import EmailTaken, Role
from ledgerline.flows.add_person import NewPerson, add_person
from ledgerline.flows.make_sign_in_link import make_sign_in_link
from ledgerline.web.links import sign_in_path
from tests.flow_world import World
from tests.storefront.site import Site

_HIDDEN: Final = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_BUTTON: Final = re.compile(r'<button class="button button-primary" type="submit">(.*?)</button>')
_FORM: Final = re.compile(r'<form class="fields[^"]*" method="post".*?</form>', re.DOTALL)
_TAG: Final = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Seen:
    """One page as it was answered."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def form(self) -> dict[str, str]:
        """Return what the form of an act carries."""
        found = _FORM.search(self.text)
        return {} if found is None else _hidden(found[0])

    @property
    def button(self) -> str:
        """Return what the button says that does it."""
        found = _BUTTON.search(self.text)
        return "" if found is None else _plain(found[1])

    @property
    def words(self) -> str:
        """Return the page without its markup."""
        return re.sub(r"\s+", " ", _plain(_TAG.sub(" ", self.text)))


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who is signed in, or not."""

    site: Site
    cookie: str = ""

    async def send(
        self,
        method: str,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Seen:
        """Ask for anything of the console, and follow nothing."""
        said = {**({"Cookie": self.cookie} if self.cookie else {}), **(headers or {})}
        async with self.site.api.session.request(
            method, self.site.url + path, data=form, headers=said, allow_redirects=False
        ) as reply:
            named = {name.lower(): value for name, value in reply.headers.items()}
            return Seen(reply.status, (await reply.read()).decode(), named)

    async def look(self, path: str) -> Seen:
        """Read a page."""
        return await self.send("GET", path)

    async def act(self, path: str, **words: str) -> Seen:
        """Look at what an act would do, and do it."""
        page = await self.look(path)
        assert page.status == 200, (path, page.status, page.words)
        bare = path.partition("?")[0]
        return await self.send("POST", bare, form={**page.form, **words})


async def link_for(world: World, role: Role, name: str = "Ida") -> str:
    """Let somebody in, unless they are, and make a link for them."""
    email = f"{name.lower()}.{role}@shop.example"
    here = {"by": "tests", "route": "tests"}
    with suppress(EmailTaken):
        await add_person(world.run, NewPerson(email, name, role), **here)
    return sign_in_path(await make_sign_in_link(world.run, email, **here))


async def sign_in(world: World, site: Site, role: Role, name: str = "Ida") -> Operator:
    """Sign somebody in by a link of their own."""
    link = await link_for(world, role, name)
    door = Operator(site)
    page = await door.look(link)
    entered = await door.send("POST", link, form=_hidden(page.text))
    assert (entered.status, entered.headers["location"]) == (303, "/console"), entered
    return Operator(site, entered.headers["set-cookie"].partition(";")[0])


def hidden_in(text: str, action: str) -> dict[str, str]:
    """Return what the form carries that is sent to an address."""
    form = re.search(rf'<form[^>]* action="{re.escape(action)}".*?</form>', text, re.DOTALL)
    assert form is not None, action
    return _hidden(form[0])


def _hidden(text: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _HIDDEN.findall(text)}


def _plain(text: str) -> str:
    return unescape(_TAG.sub("", text)).replace("\N{NO-BREAK SPACE}", " ")
