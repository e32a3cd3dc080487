"""The language that is nobody's: each sentence is long, accented and between brackets.

What a page shows outside of brackets was never given to a translator.
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

from babel.support import Translations
from typing_extensions import override

_ACCENTED: Final = str.maketrans("aeiounycAEIOU", "áéíóúñýçÁÉÍÓÚ")
_VALUE: Final = re.compile(r"(%\(\w+\)s|%%)")
_BRACKETS: Final = re.compile(r"⟦[^⟦⟧]*⟧")
_SHOWN: Final = re.compile(r'(?:aria-label|title|placeholder|alt)="([^"]*)"')


class Pseudo(Translations):
    """Says the sentences that it knows, and leaves all else as it is."""

    def __init__(
        self, sentences: frozenset[str], words: frozenset[tuple[str, str]] = frozenset()
    ) -> None:
        """Know sentences, and words with their contexts."""
        super().__init__()
        self._sentences, self._words = sentences, words

    @override
    def gettext(self, message: str) -> str:
        """Say a sentence."""
        return accented(message) if message in self._sentences else message

    @override
    def ugettext(self, message: str) -> str:
        """Say a sentence."""
        return self.gettext(message)

    @override
    def ungettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Say a sentence about a number of things."""
        return self.gettext(msgid1 if n == 1 else msgid2)

    @override
    def upgettext(self, context: str, message: str) -> str:
        """Say a word."""
        return accented(message) if (message, context) in self._words else message


def accented(message: str) -> str:
    """Write a sentence longer, accented and between brackets, with its values as they were."""
    parts = _VALUE.split(message)
    said = (one if _VALUE.fullmatch(one) else one.translate(_ACCENTED) for one in parts)
    return f"⟦{''.join(said)} ~~~~~⟧"


def outside(text: str, aside: re.Pattern[str]) -> Iterator[str]:
    """Return what a page says outside of brackets, without what is a value by its markup."""
    text = aside.sub(" ", text)
    for part in (*_SHOWN.findall(text), *re.split(r"<[^>]*>", text)):
        left = unescape(part)
        while _BRACKETS.search(left):
            left = _BRACKETS.sub("", left)
        yield left
