"""Every page of the console in its other languages, and in one that is nobody's.

In the language that is nobody's lines run from the right, and a sentence or a state outside of
brackets was never translated.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Final

import pytest
import pytest_asyncio
from babel.support import Translations

from ledgerline.access.model import Role
from ledgerline.console import speech
from ledgerline.console.words import words
from ledgerline.web import pages
from ledgerline.web.language import translations
from tests.browser.console import Place, furnish
from tests.catalogs import said
from tests.console.operator import Operator, sign_in
from tests.flow_world import World
from tests.pseudo import Pseudo, outside
from tests.storefront.site import Site

_ASIDE: Final = re.compile(
    r"<(bdi|code|kbd|pre|time|svg|title|option|script|select|summary)\b.*?</\1>"
    r'|<(\w+)[^>]*class="[^"]*\bid\b[^"]*".*?</\2>',
    re.DOTALL,
)
SAID: Final = said()
SENTENCES: Final = frozenset(
    part for (_, context), parts in SAID.items() if context is None for part in parts
)
WORDS: Final = frozenset((first, context) for first, context in SAID if context is not None)
KNOWN: Final = SENTENCES | words()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(world: World, site: Site) -> AsyncIterator[Place]:
    """Furnish the console of a module."""
    yield await furnish(world, site)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def me(place: Place) -> Operator:
    """Sign somebody in who opens everything."""
    return await sign_in(place.world, place.site, Role.OWNER)


@pytest.fixture
def nobodys() -> Iterator[None]:
    """Let Arabic be the language that is nobody's."""
    _speak(lambda *_: Pseudo(SENTENCES, WORDS))
    yield
    _speak(translations)


def _speak(found: Callable[..., Translations]) -> None:
    for module in (speech, pages):
        setattr(module, "translations", found)  # noqa: B010 - what types forbid
    pages.templates.cache_clear()


@pytest.mark.usefixtures("nobodys")
async def test_no_page_shows_a_sentence_or_a_state_as_it_is_written(
    me: Operator, place: Place
) -> None:
    for path in place.pages:
        if path == "/console/audit":
            continue  # it tells what was written into the log, word for word
        seen = await me.look(f"{path}{'&' if '?' in path else '?'}lang=ar")
        assert seen.text.count("⟦") > 20, path
        assert set(_left(seen.text)) & KNOWN == set(), path


def _left(text: str) -> Iterator[str]:
    """Return what a page says outside of brackets, piece by piece."""
    for left in outside(text, _ASIDE):
        yield from (one.strip(" ·:.").replace("_", " ") for one in left.split(", "))


@pytest.mark.parametrize("code", [one for one in speech.OFFERED if one != "en"])
async def test_every_page_is_there_in_every_language(me: Operator, place: Place, code: str) -> None:
    direction = "rtl" if code == "ar" else "ltr"
    for path in (*place.pages, "/console/sign-in", "/console/nothing"):
        seen = await me.look(f"{path}{'&' if '?' in path else '?'}lang={code}")
        assert f'<html lang="{code}" dir="{direction}">' in seen.text, path
        assert "Overview" not in seen.words, path


async def test_a_language_that_is_chosen_is_kept_and_the_page_stays(me: Operator) -> None:
    chosen = await me.look("/console/payments?state=failed&lang=de")
    assert 'href="?state=failed&amp;lang=ar"' in chosen.text
    cookie = chosen.headers["set-cookie"].partition(";")[0]
    after = await me.send("GET", "/console", headers={"Cookie": f"{me.cookie}; {cookie}"})
    assert "Überblick" in after.words
    door = await me.send("GET", "/console/sign-in", headers={"Accept-Language": "de-AT"})
    assert "Anmelden" in door.words


async def test_what_would_happen_is_said_in_the_readers_language(
    me: Operator, place: Place
) -> None:
    page = await me.look(f"{place.payment}/refund?amount=2.00&lang=de")
    assert page.button == "2,00 € erstatten"
    assert "Das Geld geht auf die Karte zurück" in page.words
    refused = await me.look(f"{place.payment}/refund?amount=x&lang=de")
    assert "malformed: ein Betrag in EUR, etwa 12.50" in refused.words
    invoice = await me.look(f"{place.invoice}?lang=de")
    assert "Steuer zu 19 %" in invoice.words
    overview = await me.look("/console?lang=de")
    assert "Zuwachs" in overview.words or "Abgänge" in overview.words
