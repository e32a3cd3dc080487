"""Signing in by an identity provider: a process of its own, honest and then not."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
import pytest_asyncio

from ledgerline.access.adapters.oidc import OidcProvider, Registration, is_private
from ledgerline.access.model import Admission, Role
from ledgerline.base.http import HttpClient
from ledgerline.flows.add_person import NewPerson, add_person
from ledgerline.flows.change_person import change_person
from tests.console.operator import Operator, Seen
from tests.flow_world import World
from tests.oidc.serving import CLIENT
from tests.storefront.site import Site, open_site

HERE: Final[dict[str, str]] = {"by": "tests", "route": "test"}
GOING: Final = "/console/sign-in/provider"
_ROLES: Final = (("books", Role.FINANCE), ("desk", Role.SUPPORT), ("kings", Role.OWNER))


@dataclass
class Abroad:
    """The provider's process, and a client of ours for it."""

    issuer: str
    browser: aiohttp.ClientSession
    client: HttpClient

    async def says(self, *, rotate: bool = False, **lies: Any) -> int:
        """Say who signs in next and what is not true; return how many codes were exchanged."""
        who = lies.pop("who", None)
        told = {"lies": lies, "rotate": rotate, **({} if who is None else {"who": who})}
        async with self.browser.post(f"{self.issuer}/lie", json=told) as reply:
            return int((await reply.json())["exchanges"])

    async def back(self, address: str) -> str:
        """Go through the provider and return where it sends one back to, below our origin."""
        async with self.browser.get(address, allow_redirects=False) as reply:
            assert reply.status == 302, await reply.text()
            parts = urlsplit(reply.headers["Location"])
            return f"{parts.path}?{parts.query}"

    def registered(self, **admission: Any) -> OidcProvider:
        """Be registered at it anew, so that nothing is known of it."""
        return OidcProvider(
            Registration(
                issuer=self.issuer, client_id=CLIENT[0], client_secret=CLIENT[1],
                admission=Admission(**admission),
            ),
            self.client,
            keys_again_seconds=0,
        )  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def abroad() -> AsyncIterator[Abroad]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.oidc.serving", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    issuer = (await process.stdout.readline()).decode().strip()
    try:
        async with aiohttp.ClientSession() as browser, HttpClient() as client:
            yield Abroad(issuer, browser, client)
    finally:
        process.kill()
        await process.wait()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def here(world: World, abroad: Abroad) -> AsyncIterator[Site]:
    """Serve a site that trusts the provider and lets in whom it knows, as what it knows."""
    await add_person(world.run, NewPerson("boss@shop.example", "Boss", Role.OWNER), **HERE)
    provider = abroad.registered(roles=_ROLES, adds_people=True)
    async with open_site(world, provider=provider) as site:
        yield site


def _who(name: str, *groups: str, **more: Any) -> dict[str, Any]:
    return {
        "sub": f"subject of {name}", "email": f"{name}@corp.example", "email_verified": True,
        "name": name.title(), "groups": list(groups), **more,
    }  # fmt: skip


@dataclass
class Gone:
    """A browser that has left for the provider."""

    door: Operator
    address: str

    async def home(self, abroad: Abroad) -> Seen:
        """Come back."""
        return await self.door.look(await abroad.back(self.address))


async def _go(site: Site) -> Gone:
    left = await Operator(site).look(GOING)
    assert left.status == 303, left.words
    cookie = left.headers["set-cookie"]
    assert all(said in cookie for said in ("HttpOnly", "SameSite=Lax", "Path=/"))
    assert "Secure" not in cookie  # at a loopback address alone
    return Gone(Operator(site, cookie.partition(";")[0]), left.headers["location"])


def _is_refused(seen: Seen) -> bool:
    assert "set-cookie" not in seen.headers
    return seen.status == 403 and "did not let you in" in seen.words


async def test_somebody_comes_in_as_their_groups_say_and_is_known_again(
    here: Site, abroad: Abroad, world: World
) -> None:
    assert "Sign in with your company" in (await Operator(here).look("/console/sign-in")).words
    await abroad.says(who=_who("cleo", "staff", "books"))
    gone = await _go(here)
    asked = {name: one for name, [one] in parse_qs(urlsplit(gone.address).query).items()}
    assert (asked["code_challenge_method"], asked["response_type"]) == ("S256", "code")
    assert asked["redirect_uri"] == f"{here.url}{GOING}/back"
    seen = await gone.home(abroad)
    assert (seen.status, seen.headers["location"]) == (303, "/console")
    inside = Operator(here, seen.headers["set-cookie"].partition(";")[0])
    assert "finance" in (await inside.look("/console")).words
    # another group, another role; another address is no other person
    await abroad.says(who={**_who("cleo", "desk"), "email": "cleo.renamed@corp.example"})
    again = await (await _go(here)).home(abroad)
    assert again.status == 303
    rows = await world.rows("SELECT email, role FROM person WHERE email LIKE 'cleo%%'")
    assert rows == [("cleo@corp.example", "support")]
    acts = await world.rows(
        "SELECT act FROM audit_entry WHERE actor = 'identity provider' ORDER BY id"
    )
    assert {one for (one,) in acts[:2]} == {"person_added", "identity_bound"}  # of one instant
    assert [one for (one,) in acts[2:]] == ["role_changed"]
    ways = await world.rows("SELECT DISTINCT way FROM person_session")
    assert ways == [("provider",)]


_LIES: Final[dict[str, dict[str, Any]]] = {
    "another issuer": {"claims": {"iss": "https://evil.example"}},
    "another nonce": {"claims": {"nonce": "another"}},
    "no nonce": {"claims": {"nonce": None}},
    "expired": {"shift": -3600},
    "never expires": {"claims": {"exp": None}},
    "issued tomorrow": {"shift": 86_400},
    "for another": {"claims": {"aud": "another"}},
    "for another party": {"claims": {"aud": [CLIENT[0], "another"], "azp": "another"}},
    "of nobody": {"claims": {"sub": None}},
    "not signed": {"alg": "none"},
    "signed by what is public": {"alg": "HS256"},
    "signed by a foreign key": {"foreign_key": True},
    "address not verified": {"claims": {"sub": "new", "email_verified": False}},
    "verified as a word": {"claims": {"sub": "new", "email_verified": "true"}},
    "of no group": {"claims": {"groups": ["staff"]}},
    "somebody else's address": {"claims": {"sub": "an impostor", "email": "cleo@corp.example"}},
}


@pytest.mark.parametrize("lie", sorted(_LIES))
async def test_what_is_not_true_lets_nobody_in(
    here: Site, abroad: Abroad, world: World, lie: str
) -> None:
    await abroad.says(who=_who("cleo", "desk"))
    assert (await (await _go(here)).home(abroad)).status == 303
    before = await world.value("SELECT count(*) FROM person_session")
    await abroad.says(**_LIES[lie])
    assert _is_refused(await (await _go(here)).home(abroad))
    assert await world.value("SELECT count(*) FROM person_session") == before
    await abroad.says()


async def test_a_way_is_gone_once_by_the_browser_that_began_it(
    here: Site, abroad: Abroad, world: World
) -> None:
    exchanged = await abroad.says(who=_who("dina", "desk"))
    gone = await _go(here)
    back = await abroad.back(gone.address)
    stolen = [Operator(here), (await _go(here)).door]  # without its cookie, and with another one
    assert all([_is_refused(await one.look(back)) for one in stolen])
    assert (await gone.door.look(back)).status == 303
    assert _is_refused(await gone.door.look(back))  # replayed
    assert _is_refused(await gone.door.look(f"{GOING}/back?code=made-up&state=made-up"))
    assert _is_refused(await gone.door.look(f"{GOING}/back?error=access_denied"))
    late = await _go(here)
    address = await abroad.back(late.address)
    await world.connection.execute(
        "UPDATE sign_in_state SET created_at = created_at - interval '10 minutes',"
        " expires_at = expires_at - interval '10 minutes' WHERE used_at IS NULL"
    )
    assert _is_refused(await late.door.look(address))
    assert await abroad.says() == exchanged + 1  # what is not ours is not even asked about


async def test_it_leads_to_the_console_and_nowhere_else(here: Site, abroad: Abroad) -> None:
    await abroad.says(who=_who("dina", "desk"))
    evil = "https%3A%2F%2Fevil.example"
    left = await Operator(here).look(f"{GOING}?next={evil}&redirect_uri={evil}&return_to={evil}")
    assert left.headers["location"].startswith(f"{abroad.issuer}/authorize?")
    assert "evil" not in left.headers["location"]
    gone = await _go(here)
    back = await abroad.back(gone.address)
    seen = await gone.door.look(f"{back}&next={evil}&redirect_uri={evil}")
    assert seen.headers["location"] == "/console"
    other = await _go(here)
    mixed = (await abroad.back(other.address)).replace("iss=http", "iss=https")
    assert _is_refused(await other.door.look(mixed))


async def test_a_new_key_is_found_when_it_is_used(here: Site, abroad: Abroad) -> None:
    await abroad.says(who=_who("dina", "desk"))
    assert (await (await _go(here)).home(abroad)).status == 303
    await abroad.says(rotate=True)
    assert (await (await _go(here)).home(abroad)).status == 303


async def test_who_is_not_known_here_is_refused_unless_settings_say_otherwise(
    abroad: Abroad, world: World
) -> None:
    await add_person(world.run, NewPerson("elif@corp.example", "Elif", Role.AUDITOR), **HERE)
    async with open_site(world, provider=abroad.registered()) as site:
        await abroad.says(who=_who("farid", "books"))
        assert _is_refused(await (await _go(site)).home(abroad))
        # whom somebody added comes in as what they were given, whatever their groups
        await abroad.says(who=_who("elif", "books"))
        assert (await (await _go(site)).home(abroad)).status == 303
        assert await world.value("SELECT role FROM person WHERE email = 'elif@corp.example'") == (
            "auditor"
        )
        await change_person(world.run, "elif@corp.example", role=None, **HERE)
        assert _is_refused(await (await _go(site)).home(abroad))


async def test_the_last_owner_is_not_made_something_else_by_a_group(
    here: Site, abroad: Abroad, world: World
) -> None:
    boss = {**_who("boss", "kings"), "email": "boss@shop.example"}
    await abroad.says(who=boss)
    assert (await (await _go(here)).home(abroad)).status == 303
    await abroad.says(who={**boss, "groups": ["desk"]})
    assert _is_refused(await (await _go(here)).home(abroad))
    assert await world.value("SELECT role FROM person WHERE email = 'boss@shop.example'") == "owner"


async def test_a_provider_that_is_away_or_another_one_stops_nobody_else(
    abroad: Abroad, world: World
) -> None:
    gone = OidcProvider(Registration(issuer="http://127.0.0.1:1", client_id="x"), abroad.client)
    async with open_site(world, provider=gone) as site:
        assert _is_refused(await Operator(site).look(GOING))
        assert (await Operator(site).look("/console/sign-in")).status == 200
    for lie in (
        {"issuer": "https://evil.example"}, {"authorization_endpoint": "http://evil.example/a"},
        {"jwks_uri": None},
    ):  # fmt: skip
        await abroad.says(discovery=lie)
        async with open_site(world, provider=abroad.registered()) as site:
            assert _is_refused(await Operator(site).look(GOING))
    await abroad.says()


async def test_without_a_provider_there_is_no_such_way(site: Site) -> None:
    for path in (GOING, f"{GOING}/back?code=a&state=b"):
        assert (await Operator(site).look(path)).status == 404
    assert "Sign in with" not in (await Operator(site).look("/console/sign-in")).words


def test_an_address_is_private_by_tls_or_on_this_machine() -> None:
    assert is_private("https://login.example/a")
    assert is_private("http://127.0.0.1:8080/a")
    assert not is_private("http://login.example/a")
    assert not is_private("ftp://127.0.0.1/a")
