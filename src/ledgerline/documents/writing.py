"""How one document writes: its language, its letters, its currency, the direction of its words."""

import unicodedata
from datetime import date
from typing import Final, TypeAlias

from ledgerline.documents.glyphs import CODE_CHARACTERS_MAX, RUN_CHARACTERS_MAX, Ink
from ledgerline.documents.locales import Locality
from ledgerline.documents.texts import Texts

Value: TypeAlias = str | dict[str, str]
"""A text, or one that is foreign here: ``v`` with its direction ``d`` or its language ``l``."""

_BREAK: Final = "\N{ZERO WIDTH SPACE}"
_STRONG_RIGHT: Final = frozenset({"R", "AL"})
_MARKS: Final = str.maketrans("", "", "\u200e\u200f\u061c")


class Writing:
    """Write the values of one document."""

    def __init__(self, place: Locality, ink: Ink, currency: str, exponent: int) -> None:
        """Fix what all values of the document share."""
        self.place = place
        self.ink = ink
        self._currency = currency
        self._exponent = exponent

    @property
    def texts(self) -> Texts:
        """The words of the document's language."""
        return self.place.texts

    def text(self, text: str) -> Value:
        """Write a text from outside."""
        return self.run(text, RUN_CHARACTERS_MAX)

    def code(self, text: str) -> Value:
        """Write a number, an id, an address of the net."""
        return self.run(text, CODE_CHARACTERS_MAX)

    def code_or_none(self, text: str | None) -> Value | None:
        """Write what may be absent."""
        return self.code(text) if text else None

    def plain(self, text: str) -> str:
        """Write a text from outside where there are no lines to break, as in a title."""
        return self.ink.text(text).replace(_BREAK, "")

    def run(self, text: str, run: int) -> Value:
        """Write a text from outside whose words may break after `run` characters."""
        printed = self.ink.text(text, run=run)
        rightward = self.place.right_to_left
        if printed.isascii() and not rightward:
            return printed
        marked = {"v": printed}
        if (_direction(printed) == "rtl") is not rightward:
            marked["d"] = "ltr" if rightward else "rtl"
        language = self.ink.language_of(printed)
        if language is not None and language.partition("-")[0] != self.place.language:
            marked["l"] = language.partition("-")[0]
        return marked if len(marked) > 1 else printed

    def money(self, minor: int) -> str:
        """Write an amount of the document's currency."""
        return self._isolated(self.place.money(minor, self._currency, self._exponent))

    def unit_price(self, num: int, den: int) -> str:
        """Write the exact price of one."""
        return self._isolated(self.place.unit_price(num, den, self._currency, self._exponent))

    def day(self, day: str) -> str:
        """Write a day that is given as `YYYY-MM-DD`."""
        return self.place.day(date.fromisoformat(day))

    @staticmethod
    def _isolated(amount: str) -> str:
        """Drop marks of direction where the template isolates the amount from left to right.

        In a currency of right-to-left letters the sign is kept to the left of its number.
        """
        if _direction(amount) == "rtl":
            return amount.replace("-", "\N{LEFT-TO-RIGHT MARK}-")
        return amount.translate(_MARKS)


def _direction(text: str) -> str:
    """Find the direction of the first letter that has one."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind == "L":
            return "ltr"
        if kind in _STRONG_RIGHT and character.isalpha():
            return "rtl"
    return "ltr"
