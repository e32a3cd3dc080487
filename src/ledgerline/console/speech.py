"""What the console says, in each of its languages: sentences, plurals, and the words of states."""

from dataclasses import dataclass
from typing import Final

from ledgerline.web.forms import asked_of
from ledgerline.web.language import Language, language_of, translations
from ledgerline.web.pages import filled
from ledgerline.web.wire import Request

PACKAGE: Final = "ledgerline.console"
OFFERED: Final = ("en", "de", "ar")
"""The languages of the console: fewer than those of checkout, portal and mail."""
WORD: Final = "word"
"""The context of a state's or reason's word in a catalogue: alone it may mean something else."""
_COOKIE: Final = "console-language"
_LASTS: Final = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Speech:
    """Says what is written in English in one language."""

    language: Language

    def say(self, sentence: str, /, **values: object) -> str:
        """Say a sentence; with a value that is markup it is markup, and the others are escaped."""
        found = translations(self.language.code, PACKAGE).ugettext(sentence) if sentence else ""
        return filled(found, values, self.language) if values else str(found)

    def say_count(self, one: str, many: str, num: int, /, **values: object) -> str:
        """Say a sentence about a number of things, in the plural of the language."""
        found = translations(self.language.code, PACKAGE).ungettext(one, many, num)
        return filled(found, {"num": num, **values}, self.language)

    def word(self, value: str) -> str:
        """Say the word of a state, reason or kind; what has none is shown as it is named."""
        plain = value.replace("_", " ")
        return str(translations(self.language.code, PACKAGE).upgettext(WORD, plain))


def language_asked(request: Request) -> Language:
    """Find the language of a page: what its address or a cookie chose, else the browser's."""
    asked = asked_of(request).get("lang")
    wishes = (asked, _kept(request))
    chosen = next((one for one in wishes if one in OFFERED), None)
    return language_of(chosen, "", request.listed("accept-language"), offered=OFFERED)


def remember_language(request: Request) -> dict[str, str]:
    """Keep the language that an address chose."""
    chosen = asked_of(request).get("lang")
    if chosen not in OFFERED:
        return {}
    kept = f"{_COOKIE}={chosen}; Path=/console; Max-Age={_LASTS}; HttpOnly; SameSite=Lax"
    return {"Set-Cookie": kept}


def _kept(request: Request) -> str | None:
    return cookie_in(request, _COOKIE)


def cookie_in(request: Request, name: str) -> str | None:
    """Read a cookie by its name."""
    for part in (request.listed("cookie") or "").split(";"):
        known, _, value = part.strip().partition("=")
        if known == name:
            return value
    return None
