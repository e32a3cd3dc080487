"""Card fields of the simulator: tokens for test cards, and a page that one shop may frame."""

from datetime import date
from typing import Final

import pytest

from ledgerline.web.language import NAMES
from pspsim.fields.cards import CARDS, Typed, faults, given
from pspsim.fields.words import WORDS
from pspsim.tokens import parse_token

TODAY: Final = date(2026, 1, 1)


@pytest.mark.parametrize("number", sorted(CARDS))
def test_the_token_of_a_test_card_is_one_the_simulator_understands(number: str) -> None:
    typed = Typed(f"{number[:4]} {number[4:]}", "01/26", "123")
    assert faults(typed, today=TODAY) == []
    card = given(typed)
    assert card.last4 == number[-4:]
    assert card.brand in {"visa", "mastercard", "amex"}
    assert parse_token(f"tok_{card.behavior}_x").text


def test_no_number_but_a_test_card_is_taken() -> None:
    for number in ("", "4111111111111111", "4242 4242 4242 424", "٤242424242424242"):
        assert faults(Typed(number, "01 / 26", "123"), today=TODAY) == ["number"]


@pytest.mark.parametrize("expiry", ["", "12/25", "13/30", "0/30", "1230", "a/b", "12/٣٠"])
def test_an_expiry_lies_ahead(expiry: str) -> None:
    assert faults(Typed("4242424242424242", expiry, "123"), today=TODAY) == ["expiry"]


@pytest.mark.parametrize("code", ["", "12", "12345", "abc", "١٢٣"])
def test_a_code_has_three_or_four_digits(code: str) -> None:
    assert faults(Typed("4242424242424242", "12/2030", code), today=TODAY) == ["code"]


def test_the_fields_speak_as_many_languages_as_our_pages() -> None:
    assert set(WORDS) == set(NAMES)
    assert all(all(said) for said in WORDS.values())
