"""The words of letters in one language, and how it writes amounts and days."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache

from markupsafe import Markup, escape

from ledgerline.base.money import Currency, exponent
from ledgerline.letters.facts import Facts
from ledgerline.web.language import Language, language_of, translations

PACKAGE = "ledgerline.letters"
FIRST_STRONG_ISOLATE, LEFT_TO_RIGHT_ISOLATE, POP_ISOLATE = "\u2068", "\u2066", "\u2069"


@dataclass(frozen=True, slots=True)
class Words:
    """Says facts in one language."""

    language: Language
    facts: Facts

    def say(self, sentence: str, **values: str) -> str:
        """Say a sentence; each value keeps its own direction within it."""
        said = str(translations(self.language.code, PACKAGE).gettext(sentence))
        return said % {name: self._apart(value) for name, value in values.items()}

    @property
    def plan(self) -> str:
        """The plan, and how many of it."""
        facts = self.facts
        return facts.plan if facts.quantity == 1 else f"{facts.plan} × {facts.quantity}"

    @property
    def amount(self) -> str:
        """The amount it is about."""
        return self.money(self.facts.amount)

    @property
    def day(self) -> str:
        """The day it is about."""
        assert self.facts.on is not None, self.facts
        return self.language.locality.day(date.fromisoformat(self.facts.on))

    @property
    def method(self) -> str:
        """What is charged or paid to."""
        return self.facts.method or self.say("your payment method")

    def money(self, minor: int) -> str:
        """Write an amount."""
        decimals = exponent(Currency(self.facts.currency))
        return self.language.locality.money(minor, self.facts.currency, decimals)

    def _apart(self, value: str) -> str:
        """Isolate a value where lines run from right to left; elsewhere nothing stands out."""
        if self.language.direction == "ltr":
            return value
        return f"{FIRST_STRONG_ISOLATE}{value}{POP_ISOLATE}"


@cache
def language(locale: str) -> Language:
    """Choose the language of a letter by its reader's locale."""
    return language_of(None, locale, None)


def marked(text: str) -> Markup:
    """Write a sentence as HTML: isolates become elements, which more mail programs know."""
    escaped = str(escape(text))
    return Markup(  # noqa: S704 - escaped above
        escaped.replace(FIRST_STRONG_ISOLATE, "<bdi>").replace(POP_ISOLATE, "</bdi>")
    )


Say = Callable[..., str]
