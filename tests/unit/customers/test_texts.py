"""Texts that people are named with."""

import pytest

from ledgerline.customers.model import PersonalTextRefused
from ledgerline.customers.rules.texts import TEXT_BYTES_MAX, clean, clean_or_none


def test_a_text_has_one_spelling() -> None:
    assert clean("  Zoe\u0308 ", pointer="/name") == clean("Zoë", pointer="/name") == "Zoë"
    assert clean_or_none(" Zoe\u0308", pointer="/name") == "Zoë"
    assert (clean_or_none(None, pointer="/name"), clean_or_none("  ", pointer="/name")) == (
        None,
        None,
    )


@pytest.mark.parametrize(
    "text", ["a\u0000b", "a\nb", "a\u202eb", "a\u200bb", "a\ue000b", "x" * (TEXT_BYTES_MAX + 1)]
)
def test_what_a_text_may_not_hold_is_refused(text: str) -> None:
    with pytest.raises(PersonalTextRefused):
        clean(text, pointer="/name")
    with pytest.raises(PersonalTextRefused):
        clean_or_none(text, pointer="/name")


def test_the_longest_text_is_taken() -> None:
    assert clean("x" * TEXT_BYTES_MAX, pointer="/name") == "x" * TEXT_BYTES_MAX
