"""Which passwords are taken, and how often they may be tried."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from ledgerline.access.model import PasswordRefused, TooManySignIns
from ledgerline.access.rows import CountRow
from ledgerline.access.rules.passwords import (
    KNOWN_FOR,
    LENGTH_MAX,
    PAIR_MAX,
    WINDOW,
    is_known,
    password_of,
    require_calm,
    require_fit,
)

NOON: Final = datetime(2026, 7, 1, 12, tzinfo=UTC)
SECOND: Final = timedelta(seconds=1)
COUNT: Final = CountRow(bytes(32), PAIR_MAX, NOON, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a1b2c3d4e5f6g7",
        "x" * 40,
        "ababababababababab",
        "ab" * LENGTH_MAX,
        "IDA counts the cents",
    ],
)
def test_what_is_guessed_is_no_password(text: str) -> None:
    with pytest.raises(PasswordRefused):
        require_fit(text, ["Ida", "Neumann"])


def test_words_in_a_row_are_a_password_without_further_rules() -> None:
    require_fit("correct horse battery staple", ["Ida", "io"])
    require_fit("пароль на пятнадцать", ["Ida"])
    assert password_of("cafe\N{COMBINING ACUTE ACCENT}") == "caf\N{LATIN SMALL LETTER E WITH ACUTE}"


def test_a_try_too_many_waits_until_the_window_is_over() -> None:
    require_calm(COUNT, PAIR_MAX, now=NOON)
    with pytest.raises(TooManySignIns) as held:
        require_calm(COUNT._replace(tries=PAIR_MAX + 1), PAIR_MAX, now=NOON + 10 * SECOND)
    assert held.value.facts["retry_after_seconds"] == WINDOW.seconds - 9


def test_who_was_let_in_from_there_is_known_for_a_while() -> None:
    known = COUNT._replace(known_at=NOON)
    assert is_known(known, now=NOON + KNOWN_FOR - SECOND)
    assert not is_known(known, now=NOON + KNOWN_FOR)
    assert not is_known(COUNT, now=NOON)
