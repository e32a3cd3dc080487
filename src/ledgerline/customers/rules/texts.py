"""Texts that people are named with: one spelling, and what they may not hold."""

import unicodedata
from typing import Final

from ledgerline.customers.model import PersonalTextRefused

TEXT_BYTES_MAX: Final = 1_000
_REFUSED: Final = frozenset({"Cc", "Cf", "Cs", "Co"})  # controls, bidi overrides, surrogates


def clean(text: str) -> str:
    """Normalise a personal text to NFC; raises ``PersonalTextRefused`` for what it may not hold."""
    normal = unicodedata.normalize("NFC", text).strip()
    if any(unicodedata.category(character) in _REFUSED for character in normal):
        raise PersonalTextRefused("control and direction characters are not allowed")
    if len(normal.encode()) > TEXT_BYTES_MAX:
        raise PersonalTextRefused("the text is too long", bytes_max=TEXT_BYTES_MAX)
    return normal


def clean_or_none(text: str | None) -> str | None:
    """Do so with a text that may be missing; one of spaces is missing too."""
    return (clean(text) or None) if text is not None else None
