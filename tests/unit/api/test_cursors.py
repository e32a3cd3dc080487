"""Cursors open the list they were made for and nothing else."""

from uuid import UUID

import pytest

from ledgerline.api.cursors import TOP, read_cursor, write_cursor
from ledgerline.api.refusals import InvalidCursor

KEY = bytes(32)
HERE = UUID(int=7)


@pytest.mark.parametrize("last", [HERE, TOP, UUID(int=0)])
def test_a_cursor_names_the_same_row_again(last: UUID) -> None:
    text = write_cursor(KEY, last, scope="customers")
    assert len(text) == 43
    assert read_cursor(KEY, text, scope="customers") == last


@pytest.mark.parametrize(
    ("_case", "key", "scope", "change"),
    [
        ("another list", KEY, "invoices", ""),
        ("another key", bytes(31) + b"x", "customers", ""),
        ("longer", KEY, "customers", "A"),
    ],
)
def test_a_cursor_of_another_list_is_refused(
    _case: str, key: bytes, scope: str, change: str
) -> None:
    text = write_cursor(KEY, HERE, scope="customers")
    with pytest.raises(InvalidCursor):
        read_cursor(key, text + change, scope=scope)


def test_no_single_character_can_be_changed() -> None:
    text = write_cursor(KEY, HERE, scope="customers")
    for n in range(len(text) - 1):  # the last one holds bits that mean nothing
        other = "A" if text[n] != "A" else "B"
        with pytest.raises(InvalidCursor):
            read_cursor(KEY, text[:n] + other + text[n + 1 :], scope="customers")
