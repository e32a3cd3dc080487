"""Texts that people are named with: one spelling, and what they may not hold."""

import unicodedata
from typing import Final

from ledgerline.customers.model import PersonalTextRefused

TEXT_BYTES_MAX: Final = 1_000
_REFUSED: Final = frozenset({"Cc", "Cf", "Cs", "Co"})  # controls, bidi overrides, surrogates


def clean(text: str, *, pointer: str) -> str:
    """Normalise a personal text to NFC; raises ``PersonalTextRefused`` for what it may not hold.

    ``pointer`` says where the text was given.
    """
    normal = unicodedata.normalize("NFC", text).strip()
    if any(unicodedata.category(character) in _REFUSED for character in normal):
        raise PersonalTextRefused("no control or direction characters", pointer=pointer)
    if len(normal.encode()) > TEXT_BYTES_MAX:
        raise PersonalTextRefused("the text is too long", bytes_max=TEXT_BYTES_MAX, pointer=pointer)
    return normal


def clean_or_none(text: str | None, *, pointer: str) -> str | None:
    """Do so with a text that may be missing; one of spaces is missing too."""
    return (clean(text, pointer=pointer) or None) if text is not None else None
